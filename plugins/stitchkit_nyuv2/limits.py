"""What results on a copy of NYUv2 cannot show, from what the copy says about itself."""

import math

from stitchkit.data.frame_description import DepthMap, Description, NormalMap


def limits(description: Description, frame: str) -> str:
    """Sentences for the foot of a table: source and precision of normals and depth, and the frame."""
    said = []
    if description.normals:
        said.append(_normals(description.normals))
    if description.depth:
        said.append(_depth(description.depth))
    if frame != "gupta":
        said.append("Published segmentation figures are measured on rows 45-469, columns 40-599 only.")
    return " ".join(filter(None, said))


def _normals(normals: NormalMap) -> str:
    source = normals.source or "of unknown source"
    text = f"Surface normals: {source}"
    if normals.path.endswith(".png"):
        text += f", stored in steps of {math.degrees(normals.scale):.1f} degrees"
    if not normals.published:
        text += "; angular errors on them must not be set beside published ones"
    return text + "."


def _depth(depth: DepthMap) -> str:
    if not depth.path.endswith(".png") or depth.scale < 0.001:
        return ""
    height, width = depth.size
    return f"Depth is stored in steps of {depth.scale * 100:.1f} cm at {height} x {width}."
