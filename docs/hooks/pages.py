"""What mkdocs runs while it builds the site.

Pages of the reference are written by hand, down to a line ``<!-- generated: NAME -->``, in whose place the
build puts what the program says of itself. Links to files of the repository that are no pages become their
paths, so that the site stands alone.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Any

import typer
from pydantic import BaseModel
from typer.cli import get_docs_for_click

from stitchkit.cli import app
from stitchkit.plugins import Kind, announced
from stitchkit.plugins.finding import load
from stitchkit.plugins.kinds import BASES, KINDS, RECIPE_KEYS, singular
from stitchkit.recipe.described import blocks, described, summary
from stitchkit.recipe.outline import is_plugin_block
from stitchkit.recipe.schema import Recipe
from stitchkit.recipe.shipped import shipped

MARKER = re.compile(r"^<!-- generated: (\w+) -->$", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((\.\./[^)#\s]+)[^)]*\)")
FENCED = re.compile(r"(^```.*?^```)", re.MULTILINE | re.DOTALL)
NESTED = re.compile(r"^  (?=- )", re.MULTILINE)
COMMANDS = re.compile(
    r"^\*\*Commands\*\*:\n\n(\* .*\n)+\n", re.MULTILINE
)  # cut short; the contents list them
EXAMPLES = re.compile(r"^Examples:\n\n((?:`[^\n]+`\n*)+)", re.MULTILINE)


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """A page with its generated parts, and without links that leave the site."""
    markdown = MARKER.sub(lambda marker: GENERATED[marker[1]](), markdown)
    folder = posixpath.dirname(page.file.src_uri)
    return nested(LINK.sub(lambda link: within_site(link, folder), markdown))


def nested(markdown: str) -> str:
    """Lists in lists moved to the four spaces that this Markdown asks for; two are enough elsewhere."""
    parts = FENCED.split(markdown)  # every other one is code
    parts[::2] = [NESTED.sub("    ", part) for part in parts[::2]]
    return "".join(parts)


def within_site(link: re.Match[str], folder: str) -> str:
    """The link, or words in its place where it leads out of the folder of documents."""
    target = posixpath.normpath(posixpath.join(folder, link[2]))
    if not target.startswith("../"):
        return link[0]
    path = target.removeprefix("../")
    return link[1] if path in link[1] else f"{link[1]} (`{path}`)"


def recipe() -> str:
    """A section for each block of a recipe, with a table of its keys."""
    return "\n\n".join(_block("", Recipe))


def _block(path: str, block: type[BaseModel]) -> Iterator[str]:
    inner = {
        steps[0]: (".".join(filter(None, (path, *map(str, steps)))), inside)
        for steps, inside in blocks(block)
    }
    rows = []
    for key in described(block):
        what = key.type
        if key.name in inner:
            there, _ = inner[key.name]
            named = there.endswith(".NAME")
            what = f"[mapping{' of names to mappings' * named}](#{anchor(there)})"
            what += " or `null`" * (key.default == "null")
        rows.append((key.name, what, key.default, key.meaning))
    if path:
        yield f"## {path} {{ #{anchor(path)} }}\n\n{summary(block)}"
    if is_plugin_block(block):
        yield f"A plugin fills this block: [all {block.kind} and their keys](plugins.md#{block.kind})."
    yield table(rows)
    for there, inside in inner.values():
        yield from _block(there, inside)


def plugins() -> str:
    """A section for each installed plugin, with a table of its options."""
    return "\n\n".join(section for kind in KINDS for section in _kind(kind))


def _kind(kind: Kind) -> Iterator[str]:
    yield f"## {kind} {{ #{kind} }}\n\nClasses derived from [`{BASES[kind]}`][{BASES[kind]}]."
    for plugin in announced(kind):
        cls = load(kind, plugin.name)
        yield f"### {plugin.name} {{ #{anchor(f'{singular(kind)}.{plugin.name}')} }}\n\n{summary(cls)}"
        if plugin.distribution != "stitchkit":
            yield f"From the distribution `{plugin.distribution}`."
        yield options(cls if kind == "units" else cls.Config, RECIPE_KEYS.get(kind, ())) or "No options."
        if prepare := getattr(cls, "Prepare", None):
            yield f"Options of `stitchkit data prepare {plugin.name}`:\n\n{options(prepare, prefix='--')}"


def options(model: type[BaseModel], without: Iterable[str] = (), prefix: str = "") -> str:
    """A table of a model's keys; empty where it has none."""
    rows = [(prefix + key.name, key.type, key.default, key.meaning) for key in described(model)]
    return table([row for row in rows if row[0] not in without])


def recipes() -> str:
    """A table of the recipes that come with stitchkit."""
    rows = [f"| `{one.name}` | {one.title} | {', '.join(one.profiles)} |" for one in shipped().values()]
    return "\n".join(["| name | title | profiles |", "|---|---|---|", *rows])


def commands() -> str:
    """A section for each command: its help, how it is called, what it takes, examples."""
    group = typer.main.get_command(app)
    text = get_docs_for_click(obj=group, ctx=typer.Context(group), name="stitchkit")
    _, _, text = text.partition("\n")  # the page has its own title
    text = COMMANDS.sub("", text).replace("```console\n$ ", "```\n")  # what is copied can be run
    return EXAMPLES.sub(_fenced, text)


def _fenced(examples: re.Match[str]) -> str:
    lines = [line.strip("`") for line in examples[1].splitlines() if line]
    return "**Examples**:\n\n```\n" + "\n".join(lines) + "\n```\n\n"


def table(rows: list[tuple[str, str, str | None, str]]) -> str:
    """A Markdown table of keys; empty where there are none."""
    if not rows:
        return ""
    lines = ["| key | what | default | meaning |", "|---|---|---|---|"]
    for name, what, default, meaning in rows:
        cells = (f"`{name}`", what, "required" if default is None else f"`{default}`", meaning)
        lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    return "\n".join(lines)


def anchor(path: str) -> str:
    """The anchor of a section."""
    return re.sub(r"[^a-z0-9]+", "-", path.lower().replace("*", "any"))


GENERATED = {"recipe": recipe, "plugins": plugins, "recipes": recipes, "commands": commands}
