from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from stitchkit.errors import InputError
from stitchkit.report import write_report
from stitchkit.results import Results

Study = Callable[..., tuple[Results, Path]]
VOID = {"meta", "img"}


class Reader(HTMLParser):
    """Collects tags, attributes and text, and insists that every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text("utf-8"))
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_stands_by_itself(study: Study) -> None:
    results, folder = study()
    path = write_report(results, folder)
    assert path == folder / "report.html"
    assert [entry.name for entry in folder.iterdir()] == ["report.html"]
    page = read(path)
    assert "http:" not in path.read_text("utf-8")
    assert "https:" not in path.read_text("utf-8")
    assert not {"script", "link", "iframe", "object", "base"} & {tag for tag, _ in page.tags}
    for tag, attributes in page.tags:
        for name in ("src", "href"):
            assert attributes.get(name, "#").startswith(("#", "data:image/")), tag


def test_every_figure_and_picture_has_its_words(study: Study) -> None:
    page = read(write_report(*study()))
    assert all(attributes["alt"] for tag, attributes in page.tags if tag == "img")
    drawings = [attributes for _, attributes in page.tags if attributes.get("role") == "img"]
    assert (
        len(drawings) == 14
    )  # 2 x 2 differences, 1 per class, 2 tasks x 2 taps, 2 taps, 2 losses, 1 validation
    assert all(attributes["aria-label"] for attributes in drawings)
    assert sum(tag == "svg" for tag, _ in page.tags) == 14


def test_links_of_the_contents_lead_somewhere(study: Study) -> None:
    page = read(write_report(*study()))
    ids = {attributes.get("id") for _, attributes in page.tags}
    links = {attributes["href"][1:] for tag, attributes in page.tags if tag == "a"}
    assert links == {
        "results",
        "differences",
        "classes",
        "alphas",
        "alpha-curves",
        "training",
        "pictures",
        "runs",
    }
    assert links <= ids


def test_it_tells_how_to_run_the_study_again(study: Study, data: dict[str, Any]) -> None:
    data["overrides"] = ["title=two words"]
    page = read(write_report(*study(data)))
    assert "stitchkit run nyu.yaml 'title=two words' --profile sample" in page.text
    assert "1:02:05" in page.text
    assert "1,234,567" in page.text


def test_a_study_with_everything_has_every_section(study: Study, large: dict[str, Any]) -> None:
    path = write_report(*study(large, files=False))
    page = read(path)
    links = [attributes["href"][1:] for tag, attributes in page.tags if tag == "a"]
    assert links == [
        *("results", "differences", "candidates", "sweep", "classes", "confusion"),
        *("alphas", "alpha-curves", "training", "pictures", "runs"),
    ]
    assert links == [attributes["id"] for tag, attributes in page.tags if tag == "section"]
    assert sum(tag == "details" for tag, _ in page.tags) == 5 + 2 + 4 + 3  # listings; folded groups
    assert "Split conv2" in page.text  # the runs of all candidates are listed
    assert path.stat().st_size < 5_000_000


def test_marks_have_their_place_in_the_page(study: Study) -> None:
    page = read(write_report(*study(files=False)))
    marks = [
        attributes["class"] for tag, attributes in page.tags if attributes.get("class", "")[:4] == "mark"
    ]
    assert marks == ["mark"] * 4 + ["mark better", "mark"] + ["mark"] * 2  # two columns of four rows


def test_a_run_that_diverged_is_named(study: Study, data: dict[str, Any]) -> None:
    data["runs"][0]["diverged"] = 1234
    assert "diverged at iteration 1,234" in read(write_report(*study(data, files=False))).text


def test_names_are_text_wherever_they_stand(study: Study, data: dict[str, Any]) -> None:
    nasty = '<script>alert(1)</script>" onload="alert(2)'
    data |= {"title": nasty, "recipe": nasty, "machine": nasty, "date": nasty}
    data["data"]["limits"] = data["data"]["name"] = nasty
    data["runs"][0]["key"] = data["rows"]["one_task"]["label"] = data["rows"]["cross_stitch"]["label"] = nasty
    for metric in data["tasks"]["sn"]["metrics"]:
        metric["label"] = metric["note"] = nasty
    for run in data["runs"]:
        if "seg" in run["results"]:
            run["results"]["seg"]["details"]["per_class"]["names"][0] = nasty
    results, folder = study(data)
    for record in results.runs:
        pictures = folder / record.folder / "pictures"
        (pictures / "frame2").rename(pictures / '<b>" onload="')
    page = read(write_report(results, folder))
    assert "script" not in {tag for tag, _ in page.tags}
    assert not any("onload" in attributes for _, attributes in page.tags)
    assert page.text.count("<script>") > 5


def test_missing_files_are_named_instead_of_drawn(study: Study) -> None:
    page = read(write_report(*study(files=False)))
    for words in ("alphas.safetensors", "history.jsonl", "No run has left pictures"):
        assert words in page.text


def test_a_study_without_runs_still_has_its_table(study: Study, data: dict[str, Any]) -> None:
    data |= {"runs": [], "published": None, "overrides": []}
    page = read(write_report(*study(data)))
    assert "21.0 ± 1.4" in page.text
    assert "The study lists no runs." in page.text


def test_writing_again_replaces_the_page(study: Study) -> None:
    results, folder = study(files=False)
    first = write_report(results, folder).read_bytes()
    assert write_report(results, folder).read_bytes() == first


def test_a_missing_folder_is_the_user_s_to_mend(results: Results, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such folder; give the folder that holds results\.json"):
        write_report(results, tmp_path / "nowhere")
