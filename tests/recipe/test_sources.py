import os
from collections.abc import Callable
from pathlib import Path

import pytest

from stitchkit.errors import InputError
from stitchkit.recipe import load

Write = Callable[..., Path]

PROFILES = """\
profiles:
  small: {training: {lr: 0.5, batch: 4}, methods: {cross_stitch: {iterations: 3}}}
"""


def put(path: str, text: str) -> Path:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")
    return Path(path)


def lines(*arguments: object, **options: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(*arguments, **options)  # type: ignore[arg-type]
    return str(caught.value).splitlines()


def test_a_recipe_is_laid_over_its_base_key_by_key(write: Write) -> None:
    base = load(write()).recipe
    path = put("y.yaml", "base: x.yaml\ntitle: Mine\ntraining: {batch: 3}\ndata: {views: 9}\nseeds: [5]\n")
    loaded = load(path)
    assert (loaded.name, loaded.path, loaded.changes_protocol) == ("y", path, False)
    recipe = loaded.recipe
    assert (recipe.title, recipe.seeds) == ("Mine", [5])
    assert (recipe.training.lr, recipe.training.batch) == (base.training.lr, 3)
    assert recipe.data.model_dump() == {"type": "pictures", "root": "shots", "views": 9}
    assert recipe.methods == base.methods


def test_bases_have_bases_in_folders_of_their_own(write: Write) -> None:
    write()
    put("lab/y.yaml", "base: ../x.yaml\ntraining: {batch: 3}\n")
    path = put("lab/deep/z.yml", "base: ../y.yaml\ntraining: {momentum: 0.1}\ndata: {type: others}\n")
    recipe = load(path).recipe
    training = recipe.training
    assert (training.lr, training.batch, training.momentum) == (1e-3, 3, 0.1)
    assert recipe.data.model_dump() == {"type": "others"}


def test_a_profile_goes_over_the_bases_profile_of_that_name(write: Write) -> None:
    write(end=PROFILES + "  alone: {seeds: [9]}\n")
    path = put(
        "y.yaml", "base: x.yaml\nmethods: {cross_stitch: {iterations: 7}}\n"
        "profiles:\n  small: {training: {batch: 5}}\n  mine: {seeds: [3]}\n"
    )  # fmt: skip
    small = load(path, "small")
    assert (small.recipe.training.lr, small.recipe.training.batch, small.changes_protocol) == (0.5, 5, True)
    assert small.recipe.methods["cross_stitch"].method().config.iterations == 3
    assert load(path).recipe.methods["cross_stitch"].method().config.iterations == 7
    assert load(path, "alone").recipe.seeds == [9]
    assert load(path, "mine").recipe.seeds == [3]
    assert lines(path, "smal") == ["y.yaml: unknown profile 'smal'; did you mean 'small'?"]
    assert lines(path, "x") == ["y.yaml: unknown profile 'x'; known: default, small, alone, mine"]


def test_a_base_may_be_part_of_a_recipe(write: Write) -> None:
    text = write().read_text()
    put("part.yaml", "seeds: [8]\ntraining: {lr: 2}\nsampler: {}\n")
    path = put("y.yaml", "base: part.yaml\n" + text.replace("seeds: [0, 1]\n", ""))
    assert load(path).recipe.seeds == [8]
    assert load(path).recipe.training.lr == 1e-3


def test_mistakes_name_the_file_in_which_they_stand(write: Write) -> None:
    write(("lr: 1e-3", "lr: fast\n  batch: 1\n  batch: 2"), ("views", "views") if False else ("shots", "3"),
          end="profiles: {small: {seed: [1]}}\n")  # fmt: skip
    put("lab/y.yaml", "base: ../x.yaml\nsed: 1\nprofiles: {small: {title: 4}}\n")
    assert lines("lab/y.yaml", overrides=["training.momentum=2"]) == [
        "x.yaml:4:9: data.root: must be a path, but got 3",
        "x.yaml:13:7: training.lr: must be a number, but got 'fast'",
        "x.yaml:15:3: training.batch: is given twice; keep one",
        "x.yaml:24:20: profiles.small.seed: unknown key 'seed'; did you mean 'seeds' or 'sweep' or 'base'?",
        "lab/y.yaml:2:1: sed: unknown key 'sed'; did you mean 'seeds' or 'base' or 'sweep'?",
        "lab/y.yaml:3:27: profiles.small.title: must be text, but got 4",
        "override 'training.momentum=2': training.momentum: must be at most 1, but got 2",
    ]


def test_what_a_recipe_brings_about_in_its_base_says_so(write: Write) -> None:
    write()
    put("y.yaml", "base: x.yaml\ntasks: {depth: {type: names}}\n")
    put("z.yaml", "base: y.yaml\n")
    missing = (
        "x.yaml:16:5: methods.one_task.iterations: missing key 'depth'; "
        "each task needs a number of iterations"
    )
    assert lines("y.yaml") == [f"{missing} (with y.yaml over it)"]
    assert lines("z.yaml") == [f"{missing} (with y.yaml over it)"]
    put("y.yaml", "base: x.yaml\nprofiles: {more: {tasks: {depth: {type: names}}}}\n")
    assert lines("z.yaml") == [f"{missing} (in profile 'more')"]
    put("y.yaml", "base: x.yaml\n")
    assert lines("z.yaml", overrides=["tasks.depth.type=names"]) == [
        f"{missing} (with tasks.depth.type=names)"
    ]


def test_a_missing_key_is_missing_in_the_recipe_not_in_its_base(write: Write) -> None:
    write(text="title: a\n")
    put("y.yaml", "base: x.yaml\nseeds: [1]\n")
    assert lines("y.yaml")[0] == "y.yaml:1:1: missing key 'data'"


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ("3", "must be the path of a recipe, but got 3"),
        ("", "must be the path of a recipe, but got null"),
        ("[x.yaml]", "must be the path of a recipe, but got a list of 1"),
        ("x.json", "must be the path of a .yaml file, relative to this recipe's folder, but got 'x.json'"),
        ("/x.yaml", "must be the path of a .yaml file, relative to this recipe's folder, but got '/x.yaml'"),
        (r'"\0.yaml"', "must be the path of a .yaml file, relative to this recipe's folder, "
         r"but got '\x00.yaml'"),
        ("no.yaml", "lab/no.yaml: cannot be read: No such file or directory; give the path of a recipe"),
        ("y.yaml", "leads back to 'y.yaml'; a recipe cannot be its own base"),
        ("../lab/y.yaml", "leads back to '../lab/y.yaml'; a recipe cannot be its own base"),
    ],
)  # fmt: skip
def test_a_base_is_the_relative_path_of_a_recipe(write: Write, base: str, message: str) -> None:
    write()
    put("lab/y.yaml", f"title: a\nbase: {base}\n")
    place = "2:1" if not base else "2:7"
    assert lines("lab/y.yaml") == [f"lab/y.yaml:{place}: base: {message}"]


def test_a_circle_of_bases_is_refused_where_it_closes(write: Write) -> None:
    write()
    put("a.yaml", "base: b.yaml\n")
    put("b.yaml", "seeds: 1\nbase: c.yaml\n")
    os.symlink("a.yaml", "d.yaml")
    put("c.yaml", "seed: 1\nseed: 2\nbase: d.yaml\n")
    assert lines("a.yaml") == [
        "c.yaml:2:1: seed: is given twice; keep one",
        "c.yaml:3:7: base: leads back to 'd.yaml'; a recipe cannot be its own base",
    ]


def test_a_base_that_is_no_recipe_is_named(write: Write) -> None:
    write(text="- a\n")
    put("y.yaml", "base: x.yaml\n")
    assert lines("y.yaml") == ["x.yaml:1:1: a recipe must be a mapping"]
    write(text="a: [1\n")
    (line,) = lines("y.yaml")
    assert line.startswith("x.yaml:2:1: is not YAML: ")


def test_a_base_in_a_profile_is_refused(write: Write) -> None:
    end = "profiles: {a: {base: x.yaml, profiles: {b: {}}}}\n"
    assert lines(write(end=end)) == [
        "x.yaml:22:16: profiles.a.base: stands at the top of a recipe, not in a profile",
        "x.yaml:22:30: profiles.a.profiles: stands at the top of a recipe, not in a profile",
    ]


def test_a_folder_that_is_a_link_leads_where_it_points(write: Write) -> None:
    write(("Two tasks", "Wrong"))
    put("real/x.yaml", Path("x.yaml").read_text().replace("Wrong", "Right"))
    put("real/inner/y.yaml", "base: ../x.yaml\n")
    os.symlink("real/inner", "link")
    assert load("link/y.yaml").recipe.title == "Right"
    put("real/x.yaml", "- a\n")
    assert lines("link/y.yaml") == ["link/../x.yaml:1:1: a recipe must be a mapping"]
