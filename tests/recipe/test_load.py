from collections.abc import Callable
from pathlib import Path

import pytest

from stitchkit.errors import InputError
from stitchkit.recipe import load

Write = Callable[..., Path]


def lines(*arguments: object, **options: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(*arguments, **options)  # type: ignore[arg-type]
    return str(caught.value).splitlines()


def test_a_recipe_is_read_with_its_name_and_defaults(write: Write) -> None:
    loaded = load(write())
    assert (loaded.name, loaded.profile, loaded.changes_protocol) == ("x", "default", False)
    assert loaded.path == Path("x.yaml")
    assert loaded.recipe.training.lr == 0.001
    assert loaded.recipe.training.batch == 20
    assert loaded.recipe.seeds == [0, 1]
    assert list(loaded.recipe.methods) == ["one_task", "cross_stitch"]
    assert loaded.recipe.methods["cross_stitch"].method().config.unit.options().model_dump() == {"same": 0.8}
    (variant,) = loaded.variants
    assert (variant.settings, variant.recipe) == ({}, loaded.recipe)


def test_paths_are_left_as_written(write: Write) -> None:
    assert load(write()).recipe.data.options().model_dump()["root"] == Path("shots")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        # unknown keys, with the closest valid ones
        ("    taps: [", "    alpha_lr: 3\n    taps: [",
         "19:5: methods.cross_stitch.alpha_lr: unknown key 'alpha_lr'; did you mean 'alpha_lr_scale'?"),
        ("seeds:", "seed:", "21:1: seed: unknown key 'seed'; did you mean 'seeds' or 'sweep' or 'base'?"),
        ("seeds: [0, 1]", "profile: {}",
         "21:1: profile: unknown key 'profile'; did you mean 'profiles' or 'title' or 'proposals'?"),
        ("  root: shots", "  rot: shots", "4:3: data.rot: unknown key 'rot'; did you mean 'root'?"),
        ("seg: {type: names}", "seg: {type: names, wieght: 2}",
         "6:22: tasks.seg.wieght: unknown key 'wieght'; did you mean 'weight'?"),
        ("{same: 0.8}", "{some: 0.8}",
         "20:12: methods.cross_stitch.unit.some: unknown key 'some'; did you mean 'same'?"),
        ("lr: 1e-3", "augment: {miror: 1}",
         "13:13: training.augment.miror: unknown key 'miror'; did you mean 'mirror'?"),
        ("title: Two tasks", "<<: {title: Two}",
         "1:1: <<: unknown key '<<'; known: title, plugins, data, proposals, tasks, sampler, backbone, "
         "training, methods, sweep, evaluation, seeds, published, base, profiles"),
        # unknown plugins
        ("type: pictures", "type: pictuers",
         "3:9: data.type: unknown dataset plugin 'pictuers'; did you mean 'pictures' or 'others'?"),
        ("{same: 0.8}", "{type: cros_stitch, same: 0.8}",
         "20:18: methods.cross_stitch.unit.type: unknown unit plugin 'cros_stitch'; "
         "did you mean 'cross_stitch'?"),
        ("  cross_stitch:", "  cros_stitch:",
         "17:3: methods.cros_stitch: unknown method plugin 'cros_stitch'; "
         "did you mean 'cross_stitch' or 'constant'?"),
        ("iterations: 10\n", "type: splitt\n",
         "18:11: methods.cross_stitch.type: unknown method plugin 'splitt'; did you mean 'split'?"),
        # missing keys
        ("  type: pictures\n", "", "2:1: data: missing key 'type'"),
        ("title: Two tasks\ndata:\n  type: pictures\n  root: shots\n", "", "1:1: missing key 'data'"),
        ("iterations: {seg: 25, normals: 15}", "{}", "15:3: methods.one_task: missing key 'iterations'"),
        ("seeds: [0, 1]", "methods: {}", "21:1: methods: is given twice; keep one"),
        # wrong types
        ("unit: {same: 0.8}", "unit: 3", "20:11: methods.cross_stitch.unit: must be a mapping, but got 3"),
        ("unit: {same: 0.8}", "unit: {type: 3}",
         "20:18: methods.cross_stitch.unit.type: must be text, but got 3"),
        ("unit: {same: 0.8}", "label: 3", "20:12: methods.cross_stitch.label: must be text, but got 3"),
        ("unit: {same: 0.8}", "start: nowhere", "20:12: methods.cross_stitch.start: "
         "must be 'one_task' or 'backbone', but got 'nowhere'"),
        ("  cross_stitch:", "  ensemble: 2\n  cross_stitch:",
         "17:13: methods.ensemble: must be a mapping, but got 2"),
        ("lr: 1e-3", "lr: fast", "13:7: training.lr: must be a number, but got 'fast'"),
        ("lr: 1e-3", "lr:", "13:3: training.lr: must be a number, but got null"),
        ("lr: 1e-3", "lr: [1]", "13:7: training.lr: must be a number, but got a list of 1"),
        ("lr: 1e-3", "batch: 2.5", "13:10: training.batch: must be a whole number, but got 2.5"),
        ("lr: 1e-3", "cache: perhaps", "13:10: training.cache: must be true or false, but got 'perhaps'"),
        ("lr: 1e-3", "size: 120", "13:9: training.size: must be a list or a mapping, but got 120"),
        ("lr: 1e-3", "size: [120]", "13:3: training.size: missing value 2 of the list"),
        ("lr: 1e-3", "size: [1, 2, 3]", "13:9: training.size: must hold at most 2, but holds 3"),
        ("lr: 1e-3", "augment: 1", "13:12: training.augment: must be a mapping, but got 1"),
        ("title: Two tasks", "title: {a: b}", "1:8: title: must be text, but got a mapping"),
        ("title: Two tasks", "title: 3", "1:8: title: must be text, but got 3"),
        ("root: shots", "root: 3", "4:9: data.root: must be a path, but got 3"),
        ("type: \"lab:net\"", "type: \"lab:net\"\n  depth: x",
         "12:10: backbone.depth: must be a whole number, but got 'x'"),
        # out of range
        ("lr: 1e-3", "lr: -1", "13:7: training.lr: must be more than 0, but got -1"),
        ("lr: 1e-3", "lr: .inf", "13:7: training.lr: must be a finite number, but got inf"),
        ("lr: 1e-3", "momentum: 1.5", "13:13: training.momentum: must be at most 1, but got 1.5"),
        ("lr: 1e-3", "weight_decay: -0.1", "13:17: training.weight_decay: must be at least 0, but got -0.1"),
        ("lr: 1e-3", "optimizer: sdg", "13:14: training.optimizer: must be 'sgd' or 'adamw', but got 'sdg'"),
        ("lr: 1e-3", "validation: {fraction: 1}",
         "13:26: training.validation.fraction: must be less than 1, but got 1"),
        ("lr: 1e-3", "augment: {colour_range: [1.2, 0.8]}",
         "13:27: training.augment.colour_range: must be the lower limit, then the upper, but got [1.2, 0.8]"),
        ("root: shots", "views: 0", "4:10: data.views: must be at least 1, but got 0"),
        ("{same: 0.8}", "{same: 2}", "20:18: methods.cross_stitch.unit.same: must be at most 1, but got 2"),
        ("target: normals", "limit: some", "9:12: tasks.normals.limit: must be a whole number or 'all', "
         "but got 'some'"),
        # lists
        ("seeds: [0, 1]", "seeds: []", "21:8: seeds: must hold at least 1, but holds 0"),
        ("seeds: [0, 1]", "seeds:\n- 4\n- 4", "22:1: seeds: must be distinct, but got [4, 4]"),
        ("seeds: [0, 1]", "seeds: [0, -1]", "21:12: seeds.1: must be at least 0, but got -1"),
        ("taps: [pool1]", "taps: []", "19:11: methods.cross_stitch.taps: must hold at least 1, but holds 0"),
        ("taps: [pool1]", "taps: [{seg: 3, normals: b}]",
         "19:18: methods.cross_stitch.taps.0.seg: must be text, but got 3"),
        ("taps: [pool1]", "taps: [[a]]",
         "19:12: methods.cross_stitch.taps.0: must be text or a mapping, but got a list of 1"),
        # what the parts ask of one another
        ("normals: 15}", "depth: 15, normals: 3}",
         "16:27: methods.one_task.iterations.depth: unknown task 'depth'; known: seg, normals"),
        (", normals: 15}", "}",
         "16:5: methods.one_task.iterations: missing key 'normals'; each task needs a number of iterations"),
        ("taps: [pool1]", "taps: [{seg: a}]",
         "19:12: methods.cross_stitch.taps.0: must name taps of two tasks or more, but got seg"),
        ("taps: [pool1]", "taps: [{seg: a, depth: b}]",
         "19:21: methods.cross_stitch.taps.0.depth: unknown task 'depth'; known: seg, normals"),
        ("one_task:\n    iterations: {seg: 25, normals: 15}", "one_task:",
         "16:3: methods.cross_stitch: begins with one-task networks, but the recipe has none; "
         "add methods.one_task"),
        ("lr: 1e-3", "cache: true",
         "13:10: training.cache: wants a size, but training.size is null; give a size or set cache: false"),
        ("seeds: [0, 1]", "published: {source: a, rows: {one_tusk: {}}}",
         "21:31: published.rows.one_tusk: unknown method 'one_tusk'; did you mean 'one_task'?"),
        ("seeds: [0, 1]", "published: {source: a, rows: {split conv4: {}}}",
         "21:31: published.rows.split conv4: unknown method 'split'; "
         "known: constant, one_task, cross_stitch"),
        ("seeds: [0, 1]", "published: {source: a, rows: {one_task: {sag: {}}}}",
         "21:42: published.rows.one_task.sag: unknown task 'sag'; did you mean 'seg'?"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_in_its_place(write: Write, old: str, new: str, line: str) -> None:
    assert lines(write((old, new))) == [f"x.yaml:{line}"]


@pytest.mark.parametrize("name", ["se.g", "1seg", "a b", "../seg", '""', "_seg"])
def test_a_task_that_cannot_name_a_module_or_folder_is_refused(write: Write, name: str) -> None:
    path = write(("  seg:", f"  {name}:"), ("{seg: 25", f"{{{name}: 25"))
    shown = name.strip('"')
    assert lines(path) == [
        f"x.yaml:6:3: tasks.{shown}: a task's name must be a letter, then letters, digits, _ or -"
    ]


@pytest.mark.parametrize("name", ["se.g", "1seg", "a b", "../seg", '""'])
def test_a_method_that_cannot_name_a_folder_or_a_row_is_refused(write: Write, name: str) -> None:
    path = write(("  cross_stitch:\n", f"  {name}:\n    type: cross_stitch\n"))
    shown = name.strip('"')
    assert lines(path) == [
        f"x.yaml:17:3: methods.{shown}: a method's name must be a letter, then letters, digits, _ or -"
    ]


def test_methods_of_one_type_are_told_apart_by_their_names(write: Write) -> None:
    path = write(end="", text=write().read_text().replace(
        "seeds:", "  plain:\n    type: cross_stitch\n    label: Plain\n    unit: {type: plain}\nseeds:"
    ))  # fmt: skip
    methods = load(path).recipe.methods
    assert [(name, block.type, block.label) for name, block in methods.items()] == [
        ("one_task", "one_task", ""),
        ("cross_stitch", "cross_stitch", ""),
        ("plain", "cross_stitch", "Plain"),
    ]
    assert methods["plain"].method().config.unit.type == "plain"
    assert methods["plain"].method().config.iterations == 10_000


def test_a_recipe_without_methods_is_refused(write: Write) -> None:
    none = ["methods.one_task=null", "methods.cross_stitch=null"]
    assert lines(write(), overrides=none) == [
        f"x.yaml:15:3: methods: must hold at least 1, but holds 0 (with {' '.join(none)})"
    ]


def test_a_method_is_asked_for_problems_once_its_unit_is_valid(write: Write) -> None:
    assert lines(write(("{same: 0.8}", "{same: 2}"), ("taps: [pool1]", "taps: [{seg: a}]"))) == [
        "x.yaml:20:18: methods.cross_stitch.unit.same: must be at most 1, but got 2"
    ]


@pytest.mark.parametrize("name", ["keys", "forward", "training"])
def test_a_task_that_torch_cannot_name_a_module_is_refused(write: Write, name: str) -> None:
    path = write(("  seg:", f"  {name}:"), ("{seg: 25", f"{{{name}: 25"))
    assert lines(path) == [
        f"x.yaml:6:3: tasks.{name}: PyTorch cannot name a module {name!r}; choose another name"
    ]


def test_one_task_cannot_be_stitched(write: Write) -> None:
    path = write(("  normals:\n    type: names\n    target: normals\n", ""), (", normals: 15", ""))
    assert lines(path) == [
        "x.yaml:14:3: methods.cross_stitch: must join at least two tasks, but the recipe has one; "
        "add a task or remove cross_stitch"
    ]


def test_all_mistakes_come_at_once_in_the_order_of_the_file_and_then_the_overrides(write: Write) -> None:
    path = write(
        ("type: pictures", "type: pictuers"),
        ("target: normals", "target: normals\n    target: again\n    reduction: none"),
        ("lr: 1e-3", "lr: fast"),
        ("{same: 0.8}", "{same: 3}"),
        end="sed: 1\nprofiles: {small: {training: {lrr: 1}}}\n",
    )
    assert lines(path, overrides=["training.bach=2", "seeds"]) == [
        "x.yaml:3:9: data.type: unknown dataset plugin 'pictuers'; did you mean 'pictures' or 'others'?",
        "x.yaml:10:5: tasks.normals.target: is given twice; keep one",
        "x.yaml:11:16: tasks.normals.reduction: must be 'pixel' or 'image', but got 'none'",
        "x.yaml:15:7: training.lr: must be a number, but got 'fast'",
        "x.yaml:22:18: methods.cross_stitch.unit.same: must be at most 1, but got 3",
        "x.yaml:24:1: sed: unknown key 'sed'; did you mean 'seeds' or 'base' or 'sweep'?",
        "x.yaml:25:31: profiles.small.training.lrr: unknown key 'lrr'; did you mean 'lr'?",
        "override 'training.bach=2': training.bach: unknown key 'bach'; did you mean 'batch' or 'cache'?",
        "override 'seeds': must be key=value, for example training.lr=0.01",
    ]


def test_a_key_with_control_characters_stays_in_one_line(write: Write) -> None:
    (line,) = lines(write(end='"a\\nb\\e[1m": 1\n'))
    assert line.startswith(r"x.yaml:22:1: a\nb\x1b[1m: unknown key 'a\nb\x1b[1m'; known: title")


@pytest.mark.parametrize("text", ["- a\n", "word\n"])
def test_a_recipe_is_a_mapping(write: Write, text: str) -> None:
    assert lines(write(text=text)) == ["x.yaml:1:1: a recipe must be a mapping"]


PROFILES = """\
profiles:
  tiny:
    data: {type: others}
    seeds: [7]
    methods: {cross_stitch: {unit: {type: plain}}, one_task: {iterations: {seg: 2}}}
  empty:
  bad: {training: {lr: -1}}
"""


def test_a_profile_is_merged_and_a_new_type_starts_its_block_afresh(write: Write) -> None:
    path = write(end=PROFILES.replace("  bad: {training: {lr: -1}}\n", ""))
    recipe = load(path, "tiny").recipe
    assert recipe.data.model_dump() == {"type": "others"}
    assert recipe.data.options().model_dump() == {"rooms": 3}
    assert recipe.seeds == [7]
    assert recipe.methods["one_task"].method().config.iterations == {"seg": 2, "normals": 15}
    stitch = recipe.methods["cross_stitch"].method().config
    assert stitch.unit.model_dump() == {"type": "plain"}
    assert stitch.iterations == 10
    assert load(path, "empty").recipe == load(path).recipe
    assert load(path, "empty").changes_protocol


def test_naming_the_same_type_again_keeps_the_options(write: Write) -> None:
    path = write(end="profiles: {a: {data: {type: pictures, views: 9}, methods: {cross_stitch: {unit: "
                     "{type: cross_stitch}}}}}\n")  # fmt: skip
    recipe = load(path, "a").recipe
    assert recipe.data.model_dump() == {"type": "pictures", "root": "shots", "views": 9}
    stitch = recipe.methods["cross_stitch"].method().config
    assert stitch.unit.model_dump() == {"type": "cross_stitch", "same": 0.8}


@pytest.mark.parametrize("profile", ["default", "tiny", "bad"])
def test_every_profile_is_checked_whichever_runs(write: Write, profile: str) -> None:
    assert lines(write(end=PROFILES), profile) == [
        "x.yaml:28:24: profiles.bad.training.lr: must be more than 0, but got -1"
    ]


def test_a_mistake_that_only_a_profile_brings_about_says_so(write: Write) -> None:
    path = write(end="profiles: {more: {tasks: {depth: {type: names}}}}\n")
    assert lines(path) == [
        "x.yaml:16:5: methods.one_task.iterations: missing key 'depth'; "
        "each task needs a number of iterations (in profile 'more')"
    ]


def test_a_mistake_that_only_an_override_brings_about_says_so(write: Write) -> None:
    assert lines(write(), overrides=["tasks.depth.type=names", "seeds=[0]"]) == [
        "x.yaml:16:5: methods.one_task.iterations: missing key 'depth'; "
        "each task needs a number of iterations (with tasks.depth.type=names seeds=[0])"
    ]


def test_a_plugin_must_be_installed_only_for_the_profile_that_runs(write: Write) -> None:
    path = write(end="profiles: {away: {data: {type: elsewhere}}}\n")
    assert load(path).recipe.data.type == "pictures"
    assert lines(path, "away") == [
        "x.yaml:22:32: profiles.away.data.type: unknown dataset plugin 'elsewhere'; known: others, pictures"
    ]


def test_an_unknown_profile_lists_the_profiles(write: Write) -> None:
    end = "profiles: {small: {}}\n"
    assert lines(write(end=end), "smal") == ["x.yaml: unknown profile 'smal'; did you mean 'small'?"]
    assert lines(write(end=end), "x") == ["x.yaml: unknown profile 'x'; known: default, small"]


@pytest.mark.parametrize(
    ("profiles", "line"),
    [
        ("[a]", "22:11: profiles: must be a mapping from names to partial recipes"),
        ("{a: 3}", "22:15: profiles.a: must be a partial recipe"),
        (
            "{default: {}}",
            "22:12: profiles.default: the recipe itself is the default profile; rename this one",
        ),
        (
            "{../up: {}}",
            "22:12: profiles.../up: a profile names a folder: letters, digits, _ and -, but got '../up'",
        ),
    ],
)
def test_profiles_map_names_to_partial_recipes(write: Write, profiles: str, line: str) -> None:
    assert lines(write(end=f"profiles: {profiles}\n")) == [f"x.yaml:{line}"]


def test_overrides_go_over_the_profile(write: Write) -> None:
    path = write(end="profiles: {fast: {training: {lr: 0.5, batch: 2}}}\n")
    loaded = load(path, "fast", ["training.lr=1e-2"])
    assert (loaded.recipe.training.lr, loaded.recipe.training.batch) == (0.01, 2)
    assert loaded.overrides == ("training.lr=1e-2",)


def test_an_override_may_mend_what_runs(write: Write) -> None:
    assert load(write(("lr: 1e-3", "lr: -1")), overrides=["training.lr=1"]).recipe.training.lr == 1.0


@pytest.mark.parametrize(
    ("override", "changes"),
    [
        ("seeds=[0,1,2]", False),
        ("title=Mine", False),
        ("data.root=elsewhere", False),
        ("data={root: elsewhere}", False),
        ("backbone.weights=w.pth", False),
        ("backbone.weights=null", True),  # a random start is another protocol
        ("training.workers=0", False),
        ("training.checkpoint_every=5", False),
        ("training.log_every=5", False),
        ("training.track=[]", False),
        ("evaluation.batch=2", False),
        ("evaluation.pictures=0", False),
        ("evaluation.resamples=0", False),
        ("evaluation.limit=5", True),
        ("training={workers: 0, lr: 0.1}", True),
        ("training.lr=1e-3", True),
        ("data.type=others", True),
        ("methods.cross_stitch=null", True),
        ("sweep={}", True),
        ("sweep.training.lr=[0.1]", True),
    ],
)
def test_only_harmless_overrides_keep_the_protocol(write: Write, override: str, changes: bool) -> None:
    assert load(write(), overrides=[override]).changes_protocol is changes
