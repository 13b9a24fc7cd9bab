"""What the README and the documents show runs as shown."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_examples_run_one_after_the_other(capsys):
    first, second = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    names: dict = {}
    exec(compile(first, "README.md", "exec"), names)
    assert names["out"]["seg"].shape == (2, 40)
    assert names["net"].units["layer2"].alpha.shape == (128, 2, 2)
    exec(compile(second, "README.md", "exec"), names)
    assert capsys.readouterr().out == "torch.fx\n"
    assert list(names["sharing"]) == ["layer2", "layer4"]
    assert names["net"](names["images"])["depth"].shape == (2, 1)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_the_examples_of_the_documents_run():
    page = (ROOT / "docs" / "stitched-networks.md").read_text(encoding="utf-8")
    names: dict = {}
    for example in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL):
        exec(compile(example, "stitched-networks.md", "exec"), names)
    assert names["program"].module()(names["images"])["seg"].shape == (2, 40)
    names["net"].train()(names["images"])["normals"].sum().backward()


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda p: p.name
)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not link.startswith("http") and not (page.parent / link).exists()] == []


def test_every_recipe_named_exists():
    named = set(re.findall(r"recipes/[\w/]+\.yaml", README))
    assert named
    assert all((ROOT / name).exists() for name in named)
