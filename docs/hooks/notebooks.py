"""Notebooks as pages of the site: their words, their code and what it printed and drew, as saved."""

import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.structure.files import File

COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # of a terminal
LINK = re.compile(r"\]\(([^)\s:]+)\.ipynb(#[^)\s]*)?\)")


def on_files(files: Any, *, config: Any) -> Any:
    """Put a page beside each notebook, which stays there to be fetched."""
    for file in [file for file in files if file.src_uri.endswith(".ipynb")]:
        uri = str(PurePosixPath(file.src_uri).with_suffix(".md"))
        files.append(File.generated(config, uri, content=page(Path(file.abs_src_path))))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Links to notebooks lead to their pages."""
    return LINK.sub(r"](\1.md\2)", markdown)


def page(path: Path) -> str:
    """A notebook as Markdown, with a link to itself below its title."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    first, *rest = (part for cell in notebook["cells"] for part in _parts(cell))
    fetch = f'<a href="{path.name}" download>This page as a notebook</a>'
    title, _, words = first.partition("\n")
    return "\n\n".join([title, fetch, words.strip(), *rest])


def _parts(cell: dict[str, Any]) -> Iterator[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield source
    elif cell["cell_type"] == "code" and source.strip():
        yield _fenced(source, "python")
        for output in cell["outputs"]:
            yield from _shown(output)


def _shown(output: dict[str, Any]) -> Iterator[str]:
    if output["output_type"] == "stream":
        yield _fenced("".join(output["text"]), "text")
        return
    data = output.get("data", {})
    if "image/png" in data:
        yield f"![What the cell above drew](data:image/png;base64,{''.join(data['image/png']).strip()})"
    elif "image/svg+xml" in data:
        yield "".join(data["image/svg+xml"])
    elif "text/plain" in data:
        yield _fenced("".join(data["text/plain"]), "text")


def _fenced(text: str, language: str) -> str:
    return f"````{language}\n{COLOURS.sub('', text).rstrip()}\n````"
