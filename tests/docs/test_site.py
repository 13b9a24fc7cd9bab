"""The documentation as a site: its generated parts are complete, and it builds without a warning."""

import importlib.util
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

import pytest

from stitchkit.cli import app
from stitchkit.plugins import announced
from stitchkit.plugins.kinds import KINDS
from stitchkit.recipe.schema import Recipe, Training
from stitchkit.recipe.shipped import shipped

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FETCHED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "video": "src"}
PUBLIC = [
    "stitchkit",
    "stitchkit.backbones",
    "stitchkit.data",
    "stitchkit.methods",
    "stitchkit.plugins",
    "stitchkit.testing",
    "stitchkit.units",
]


@pytest.fixture(scope="module")
def pages() -> Any:
    spec = importlib.util.spec_from_file_location("pages", DOCS / "hooks" / "pages.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_key_of_a_recipe_stands_in_a_table_with_its_meaning(pages):
    text = pages.recipe()
    assert set(re.findall(r"^\| `(\w+)` ", text.partition("\n## ")[0], re.MULTILINE)) == set(
        Recipe.model_fields
    )
    training = text.partition("\n## training {")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` ", training, re.MULTILINE)) == set(Training.model_fields)
    assert "| `lr` | number more than 0 | `0.001` | Base learning rate. |" in training
    assert not re.search(r"\|\s*\|$", text, re.MULTILINE)


def test_every_link_within_the_recipe_page_has_its_section(pages):
    text = pages.recipe()
    assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= set(re.findall(r"\{ #([\w-]+) \}", text))


def test_every_installed_plugin_has_a_section(pages):
    sections = pages.plugins().split("\n## ")
    assert len(sections) == len(KINDS)
    for kind, section in zip(KINDS, sections, strict=True):
        assert re.findall(r"^### (\S+) ", section, re.MULTILINE) == [one.name for one in announced(kind)]
    assert "| `alpha_lr_scale` | number more than 0 | `1000.0` |" in sections[-1]
    assert "`--splits`" in sections[1]


def test_every_option_of_a_plugin_is_explained(pages):
    silent = set(re.findall(r"^\| `([\w-]+)` .*\|\s*\|$", pages.plugins(), re.MULTILINE))
    assert silent == set()


def test_what_the_recipe_page_points_to_on_the_plugin_page_is_there(pages):
    anchors = set(re.findall(r"\{ #([\w-]+) \}", pages.plugins()))
    assert set(re.findall(r"plugins\.md#([\w-]+)", pages.recipe())) <= anchors


def test_every_command_has_a_section_with_its_examples(pages):
    text = pages.commands()
    for command in app.registered_commands:
        name = command.name or command.callback.__name__.replace("_", "-")  # type: ignore[union-attr]
        section = text.partition(f"\n## `stitchkit {name}`\n")[2].partition("\n## ")[0]
        assert section.count("\nstitchkit ") >= 2, name
    assert "### `stitchkit data prepare`" in text
    assert "Examples:\n" not in text


def test_every_shipped_recipe_is_listed(pages):
    text = pages.recipes()
    assert [name for name in shipped() if f"| `{name}` |" not in text] == []


def test_links_that_leave_the_site_become_words(pages):
    page = SimpleNamespace(file=SimpleNamespace(src_uri="reference/x.md"))
    text = "[a](../y.md#z), [the recipe](../../recipes/r.yaml), [recipes/r.yaml](../../recipes/r.yaml)"
    assert pages.on_page_markdown(text, page=page) == (
        "[a](../y.md#z), the recipe (`recipes/r.yaml`), recipes/r.yaml"
    )


def test_a_list_in_a_list_is_one_and_code_stays_as_it_is(pages):
    assert pages.nested("- a\n  - b\n```\n  - c\n```\n  - d") == "- a\n    - b\n```\n  - c\n```\n    - d"


def test_an_unknown_marker_is_an_error(pages):
    page = SimpleNamespace(file=SimpleNamespace(src_uri="x.md"))
    with pytest.raises(KeyError, match="reciepe"):
        pages.on_page_markdown("<!-- generated: reciepe -->", page=page)


def test_the_first_page_s_example_runs():
    (example,) = re.findall(r"```python\n(.*?)```", (DOCS / "index.md").read_text("utf-8"), re.DOTALL)
    names: dict = {}
    exec(compile(example, "index.md", "exec"), names)
    assert {task: list(out.shape) for task, out in names["out"].items()} == {
        "seg": [2, 40],
        "normals": [2, 3],
    }
    assert names["net"].units["layer2"].alpha.shape == (128, 2, 2)


class Page(HTMLParser):
    """What a browser fetches for a page, and the anchors in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors.add(values.get("id", ""))
        if tag in FETCHED and values.get("rel") != "canonical":
            self.fetched.append(values.get(FETCHED[tag], ""))


@pytest.mark.slow  # and wants the extra docs
def test_the_site_builds_without_a_warning_and_fetches_nothing_from_elsewhere(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    found = {path.relative_to(tmp_path): Page(path) for path in tmp_path.rglob("*.html")}
    assert len(found) > len(list(DOCS.rglob("*.md")))
    outside = [url for page in found.values() for url in page.fetched if re.match(r"(https?:)?//", url)]
    assert outside == []
    styles = "".join(path.read_text("utf-8") for path in tmp_path.rglob("*.css"))
    assert not re.search(r"url\([\"']?(https?:)?//|@import", styles)
    anchors = set().union(*(page.anchors for page in found.values()))
    documented = {anchor.rpartition(".")[2] for anchor in anchors if anchor.startswith("stitchkit.")}
    for module in PUBLIC:
        public = {name: getattr(import_module(module), name) for name in import_module(module).__all__}
        named = [name for name, value in public.items() if isinstance(value, type | FunctionType)]
        assert [name for name in named if name not in documented] == []
