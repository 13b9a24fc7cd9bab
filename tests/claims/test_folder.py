import json

import pytest
from invented_studies import invent, write

from stitchkit.claims import studies_in
from stitchkit.errors import InputError

ROWS = {"one_task": 0.0, "cross_stitch": 0.9}


def names(profiles):
    return {profile: [study.results.recipe for study in studies] for profile, studies in profiles.items()}


def test_a_study_or_a_folder_of_studies(tmp_path):
    for recipe, profile in (("b", "small"), ("a", "small"), ("a", "default")):
        folder = write(invent(tmp_path, ROWS, recipe=recipe, profile=profile))
    (tmp_path / "networks").mkdir()
    assert names(studies_in(tmp_path)) == {"default": ["a"], "small": ["a", "b"]}
    assert names(studies_in(tmp_path, "small")) == {"small": ["a", "b"]}
    assert names(studies_in(tmp_path / "a")) == {"default": ["a"], "small": ["a"]}
    assert names(studies_in(folder)) == {"default": ["a"]}
    assert studies_in(folder)["default"][0].folder == folder


def test_a_folder_without_results_is_an_error(tmp_path):
    for folder in (tmp_path, tmp_path / "elsewhere"):
        with pytest.raises(InputError, match=r"holds no results\.json; give a study's folder"):
            studies_in(folder)


def test_an_unknown_profile_is_an_error_that_names_the_closest(tmp_path):
    write(invent(tmp_path, ROWS, profile="small"))
    with pytest.raises(InputError, match="unknown profile 'smal'; did you mean 'small'"):
        studies_in(tmp_path, "smal")


def test_two_studies_of_one_recipe_and_profile_are_an_error(tmp_path):
    write(invent(tmp_path / "one", ROWS, recipe="a"))
    (tmp_path / "one" / "a" / "default").rename(tmp_path / "first")
    (tmp_path / "one" / "a").rmdir()
    (tmp_path / "one").rmdir()
    write(invent(tmp_path, ROWS, recipe="a"))
    with pytest.raises(InputError, match="both hold results of a, profile default"):
        studies_in(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: {**content, "format": 1}, r"is of format 1, where 2 is read; write it anew: "
            r"`stitchkit run recipes/paper/a.yaml --profile small`"),
        (lambda content: {k: v for k, v in content.items() if k not in ("format", "rows")} | {"methods": {}},
            r"is of format 1, where 2 is read"),
        (lambda content: {**content, "seeds": "many"}, r"is not a study's results \(seeds: "),
        (lambda content: [], r"is not a study's results"),
    ],
)  # fmt: skip
def test_results_of_another_form_are_an_error_with_the_remedy(tmp_path, change, message):
    path = write(invent(tmp_path, ROWS, recipe="a", profile="small")) / "results.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(InputError, match=message) as error:
        studies_in(tmp_path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b""])
def test_broken_results_are_an_error(tmp_path, content):
    path = write(invent(tmp_path, ROWS, recipe="a")) / "results.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"is not a study's results .*; run the recipe again"):
        studies_in(tmp_path)
