"""What the README shows runs as shown."""

import re
from pathlib import Path

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


def test_every_link_leads_somewhere():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("http")]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_recipe_named_exists():
    named = set(re.findall(r"recipes/[\w/]+\.yaml", README))
    assert named
    assert all((ROOT / name).exists() for name in named)
