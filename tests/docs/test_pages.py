"""What the README and the pages of the documentation show runs as shown."""

import re
import runpy
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import documents
import pytest
import torch

from stitchkit.plugins.registered import everything, forget


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a reader: a checkout's recipes and plugins, and a cache of its own."""
    for name in ("recipes", "plugins"):
        (tmp_path / name).symlink_to(documents.ROOT / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STITCHKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], tuple[ModuleType, str]]]:
    """Try a page; returns the module that its Python ran in, and what was printed."""
    before = everything()

    def try_page(page: Path) -> tuple[ModuleType, str]:
        module = ModuleType(f"page_{re.sub(r'[^a-z]', '_', page.stem.lower())}")
        monkeypatch.setitem(sys.modules, module.__name__, module)  # its classes can be pickled
        return module, documents.run(page, module)

    yield try_page
    for place, cls in everything().items():
        if place not in before:
            forget(cls.__module__)
            sys.modules.pop(cls.__module__, None)


def readme(page: ModuleType, printed: str) -> None:
    assert printed == "torch.fx\n"
    assert list(page.sharing) == ["layer2", "layer4"]
    assert page.net(page.images)["depth"].shape == (2, 1)


def stitched_networks(page: ModuleType, printed: str) -> None:
    assert page.program.module()(page.images)["seg"].shape == (2, 40)
    page.net.train()(page.images)["normals"].sum().backward()


def your_own_models(page: ModuleType, printed: str) -> None:
    Path("stitched.pth").unlink()
    with pytest.MonkeyPatch.context() as patch, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        told = {"RANK": 0, "WORLD_SIZE": 1, "LOCAL_RANK": 0, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        for name, value in told.items():  # by torchrun
            patch.setenv(name, str(value))
        probe.close()
        runpy.run_path("train.py")
    assert any(key.startswith("units.") for key in torch.load("stitched.pth", weights_only=True))


FURTHER = {
    "README": readme,
    "stitched-networks": stitched_networks,
    "your-own-models": your_own_models,
}
OF_TORCH_EXPORT = ("ignore::FutureWarning", "ignore::DeprecationWarning")


def _page(path: Path) -> object:
    marks = [pytest.mark.filterwarnings(*OF_TORCH_EXPORT)] if path.stem == "stitched-networks" else []
    return pytest.param(path, id=path.stem, marks=marks)


@pytest.mark.parametrize("page", [_page(path) for path in documents.PAGES])
def test_every_block_of_a_page_is_right(page, run):
    module, printed = run(page)
    FURTHER.get(page.stem, lambda *_: None)(module, printed)


@pytest.mark.parametrize("page", documents.PAGES, ids=lambda page: page.stem)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#]*)(?:#([^)]+))?\)", page.read_text(encoding="utf-8"))
    local = [
        (page.parent / link if link else page, place)
        for link, place in links
        if "://" not in link
        and not link.startswith("reference/")  # made, and checked, when the site is built
    ]
    assert [str(target) for target, _ in local if not target.exists()] == []
    assert [place for target, place in local if place and place not in places(target)] == []


def places(page: Path) -> set[str]:
    """What a link may name in a page: its headings, as they are named in addresses."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", documents.PAGES, ids=lambda page: page.stem)
def test_every_recipe_named_exists(page):
    named = re.findall(r"(?<![\w/])recipes/[\w/]+\.yaml", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (documents.ROOT / name).exists()] == []


def written(folder: Path, text: str) -> Path:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("```python\nprint(1 + 1)  # -> 3\n```", "'3' is not in"),
        ("```\nstitchkit run nyu_alexnet training.rl=1\n```", "unknown key 'rl'"),
        ("```\nstitchkit run nyu_alexnet --profile smal\n```", "unknown profile 'smal'"),
        ("```sh\nFOLDER=data stitchkit run nyu_alexnett  a remark\n```", "unknown recipe 'nyu_alexnett'"),
        ("```\nstitchkit predict runs/x a.jpg --rows one_task\n```", "No such option"),
        ("```\nstitchkit taps timm:resnet1\n```", "resnet1"),
        ("```\nstitchkit data prepare nyuv2 --form a.mat\n```", "--form"),
        ("```\npip install x && stitchkit trane nyu_alexnet\n```", "No such command"),
        ("```yaml\ntraining: {lr: fast}\n```", "training.lr"),
    ],
)
def test_what_a_page_gets_wrong_is_found_with_its_line(block, message, run, folder):
    with pytest.raises(BaseException, match=re.escape(message)) as caught:
        run(written(folder, f"# A page\n\n{block}\n"))
    assert caught.value.__notes__[-1].endswith("page.md:4")


def test_a_block_is_left_out_only_with_a_reason(run, folder):
    run(written(folder, "<!-- not run: wants a GPU -->\n```python\nraise ValueError\n```\n"))
    with pytest.raises(ZeroDivisionError):
        run(written(folder, "<!-- not run: -->\n```python\n1 / 0\n```\n"))


def test_files_that_a_page_shows_are_there_for_what_follows(run, folder):
    recipe = "```yaml\n# mine.yaml\nbase: recipes/nyu_alexnet.yaml\n```\n"
    run(written(folder, f"{recipe}\n```\nstitchkit run mine.yaml seeds=[1]\n```\n"))
    assert (folder / "mine.yaml").exists()
