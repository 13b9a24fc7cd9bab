"""From probabilities of words back to a unit normal at each pixel."""

import torch
import torch.nn.functional as F
from torch import Tensor


def decode_triangle(probabilities: Tensor, words: Tensor, triangles: Tensor) -> Tensor:
    """Blend the words of the most probable triangle (Ladický et al., ECCV 2014; Wang et al., CVPR 2015).

    The triangle is the one whose three words have the largest sum of probabilities; the normal is the sum of
    its words, weighted by their probabilities, at unit length.

    Args:
        probabilities: float32 [V, H, W].
        words: Unit vectors, float32 [V, 3].
        triangles: Indices of words, int64 [T, 3].

    Returns:
        Unit normals, float32 [3, H, W].
    """
    p = probabilities.flatten(1)
    corners = p.new_zeros(len(triangles), len(words)).scatter_(1, triangles, 1.0)
    with torch.autocast(p.device.type, enabled=False):  # half precision would tie triangles
        # On a CPU max along the first axis is several times faster than argmax.
        best = triangles[(corners @ p).max(dim=0).indices].T  # the three words at each pixel: [3, H * W]
        blend = (p.gather(0, best)[..., None] * words[best]).sum(dim=0).T
    return F.normalize(blend, dim=0).view(3, *probabilities.shape[1:])


def decode_soft(probabilities: Tensor, words: Tensor) -> Tensor:
    """Blend all words, weighted by their probabilities, at unit length; shapes as in `decode_triangle`."""
    with torch.autocast(probabilities.device.type, enabled=False):
        blend = words.T @ probabilities.flatten(1)
    return F.normalize(blend, dim=0).view(3, *probabilities.shape[1:])
