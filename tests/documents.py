"""The pages of the documentation, block by block, and what makes a block right.

- Python runs, block after block in one module a page. Behind ``print(...)``, ``# -> text`` is what it prints.
- A block whose first line is a comment with a file name, ``# near.py``, is that file.
- YAML is a recipe, or a part of one, and loads.
- In any other block each line that begins with ``stitchkit`` is a command that exists, with its options. The
  recipe and the overrides of a run load. Two spaces or more begin a remark.
- ``<!-- not run: the reason -->`` before a block takes it out.
"""

import contextlib
import io
import json
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

from ruamel.yaml import YAML
from typer.main import get_command

from stitchkit.cli import app
from stitchkit.plugins import find
from stitchkit.recipe import load

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_BLOCK = re.compile(
    r"(?:^ *<!-- not run: (?P<why>\S.*?) -->\s*)?^ *```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^ *```$",
    flags=re.DOTALL | re.MULTILINE,
)
_FILE = re.compile(r"# (?P<name>[\w-]+\.(py|yaml))\n")
_PRINTED = re.compile(r"^print\(.*\)  # -> (.*)$", flags=re.MULTILINE)
_COMMAND = re.compile(r"^(?:\$ )?(?:[A-Z_]+=\S+ )*stitchkit (?P<words>.+?)(?: &)?$")
_WHOLE = {"data", "tasks", "backbone", "methods"}
_PARSERS: dict[str, Callable[[str], Any]] = {"toml": tomllib.loads, "json": json.loads}


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text without the fences, the line where the text begins."""

    language: str
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page that are to be tried."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        if not found["why"]:
            line = text.count("\n", 0, found.start("text")) + 1
            yield Block(found["language"], dedent(found["text"]), line)


def run(page: Path, module: ModuleType) -> str:
    """Try all blocks of a page in the working folder, Python in a module; returns what was printed."""
    printed = ""
    for block in blocks(page):
        try:
            printed += _try(block, page, module)
        except BaseException as error:
            error.add_note(f"{page}:{block.line}")
            raise
    return printed


def _try(block: Block, page: Path, module: ModuleType) -> str:
    if file := _FILE.match(block.text):
        Path(file["name"]).write_text(block.text, encoding="utf-8")
    if block.language == "yaml":
        check_recipe(block.text)
    elif block.language in _PARSERS:
        _PARSERS[block.language](block.text)
    elif block.language == "python":
        return "" if file else _execute(block, page, module)
    else:
        for words in commands(block.text):
            check_command(words)
    return ""


def _execute(block: Block, page: Path, module: ModuleType) -> str:
    code = compile("\n" * (block.line - 1) + block.text, str(page), "exec")
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(code, vars(module))
    lines = iter(output.getvalue().splitlines())
    for expected in _PRINTED.findall(block.text):
        assert any(line.strip() == expected for line in lines), (
            f"{expected!r} is not in {output.getvalue()!r}"
        )
    return output.getvalue()


def check_recipe(text: str) -> None:
    """A recipe loads; a part of one loads over the recipe of the paper's Table 5."""
    given = YAML(typ="safe").load(text)
    if "base" not in given and not given.keys() >= _WHOLE:
        text = f"base: recipes/nyu_alexnet.yaml\n{text}"
    path = Path("block.yaml")
    path.write_text(text, encoding="utf-8")
    load(path)
    path.unlink()


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command of stitchkit's, without the first."""
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        for part in re.split(r"\s{2,}", line.strip())[0].split(" && "):
            if found := _COMMAND.match(part):
                yield shlex.split(found["words"], comments=True)


def check_command(words: Sequence[str]) -> None:
    """A command parses, and what it names is there. Only ``recipes`` runs: it shows and copies."""
    given = _parsed(words)
    if words[0] == "recipes":
        get_command(app).main(list(words), prog_name="stitchkit", standalone_mode=False)
    elif words[0] == "taps":
        find("backbones", given["model"])
    elif words[:2] == ["data", "prepare"]:
        _check_preparation(given["name"], given["further"])
    elif "overrides" in given:
        load(given["recipe"], given["profile"], given["overrides"] or [], trust=given["trust"])


def _parsed(words: Sequence[str]) -> dict[str, Any]:
    """The values of a command's parameters; raises what the command line raises. ``--plugin`` is obeyed."""
    command, rest = get_command(app), list(words)
    context = command.make_context("stitchkit", list(words))
    while rest and hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, list(rest), parent=context)
    return {**context.params, "further": context.args}


def _check_preparation(name: str, further: Sequence[str]) -> None:
    fields = find("datasets", name).Prepare.model_fields
    known = {f"--{field.alias or key}" for key, field in fields.items()}
    given = {word.partition("=")[0] for word in further if word.startswith("--")}
    assert given <= known, f"{sorted(given - known)} are no options of {name}; it has {sorted(known)}"
