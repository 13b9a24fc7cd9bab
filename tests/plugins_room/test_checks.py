from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, PlainValidator
from toys import Brightness, Squares, Tiny

from stitchkit import plugins
from stitchkit.errors import InputError
from stitchkit.methods import Method
from stitchkit.methods.constant import Constant
from stitchkit.plugins.checks import check
from stitchkit.plugins.config import Config
from stitchkit.tasks import Metric, Task
from stitchkit.units import CrossStitch, Unit


def problems(kind: plugins.Kind, cls: Any, name: str = "mine") -> str:
    """What is wrong with a class, empty if nothing is."""
    message = ""
    try:
        check(kind, name, cls, "lab 1.0")
    except InputError as error:
        message = str(error)
    start = f"{kind.removesuffix('s')} plugin {name!r} of lab 1.0: "
    assert not message or message.startswith(start)
    assert "\n" not in message
    return message.removeprefix(start)


def changed(base: type, **own: Any) -> type:
    return type("Own", (base,), own)


@pytest.mark.parametrize(
    ("kind", "cls"),
    [
        ("tasks", Brightness),
        ("datasets", Squares),
        ("backbones", Tiny),
        ("units", CrossStitch),
        ("methods", Constant),
    ],
)
def test_a_class_in_order_passes(kind: plugins.Kind, cls: type) -> None:
    assert problems(kind, cls) == ""


def test_what_is_no_class_is_told() -> None:
    assert problems("tasks", 3) == "must be a class derived from stitchkit.tasks.Task, but is 3"
    assert problems("tasks", len).startswith(
        "must be a class derived from stitchkit.tasks.Task, but is <built"
    )
    assert problems("tasks", Tiny) == "Tiny must be derived from stitchkit.tasks.Task"


def test_what_is_lacking_is_told_by_name() -> None:
    class Half(Brightness):
        predict = Task.predict
        loss = Task.loss

    assert problems("tasks", Half) == "Half lacks loss, predict, which stitchkit.tasks.Task asks for"


def test_everything_that_is_wrong_is_told_at_once() -> None:
    class Half(Brightness):
        loss = Task.loss
        metrics_info = ()  # type: ignore[assignment]

        def fit(self, train: Any) -> None: ...  # type: ignore[override]

    assert problems("tasks", Half) == (
        "Half lacks loss, which stitchkit.tasks.Task asks for; "
        "fit must take (train, seed), but takes (train); "
        "metrics_info must be a tuple of one stitchkit.tasks.Metric or more, but is ()"
    )


def test_a_class_that_is_made_otherwise_is_told() -> None:
    def init(self: Any, config: Any, split: str, root: Path) -> None: ...

    assert problems("datasets", changed(Squares, __init__=init)) == (
        "__init__ must take (config, split), but takes (config, split, root)"
    )


# --- options


class Model(BaseModel):
    target: str = "depth"


class Thing:
    pass


class Any_(Config):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    target: str = "depth"
    thing: Thing | None = None


class Converted(Config):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    target: str = "depth"
    thing: Annotated[Thing | None, PlainValidator(lambda value: Thing())] = None


class Unknown(Config):
    target: str = "depth"
    other: "NowhereDefined" = None  # type: ignore[name-defined]  # noqa: F821


class Weighted(Config):
    target: str = "depth"
    weight: float = 1.0


class Typed(Config):
    target: str = "depth"
    kind: str = Field("plain", alias="type")


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        (None, "Config must be a class derived from stitchkit.plugins.Config, but is None"),
        (Model, "Config must be a class derived from stitchkit.plugins.Config, but is <class '"),
        (Any_, "option 'thing' must be annotated with what a recipe can write, but is "),
        (Unknown, "Unknown has an annotation that does not resolve (name 'NowhereDefined' is not defined); "),
        (Weighted, "option 'weight' means something else in a recipe; give it another name"),
        (Typed, "option 'type' means something else in a recipe; give it another name"),
        (Config, "Config must have a field target, the key of the ground truth in samples"),
    ],
)
def test_options_that_no_recipe_can_give_are_told(config: Any, problem: str) -> None:
    assert problems("tasks", changed(Brightness, Config=config)).startswith(problem)


def test_an_option_of_any_type_passes_where_it_says_how_it_is_read() -> None:
    assert problems("tasks", changed(Brightness, Config=Converted)) == ""


def test_an_option_that_only_other_kinds_of_plugins_cannot_have_passes() -> None:
    assert problems("backbones", changed(Tiny, Config=Weighted)) == ""


def test_the_fields_of_a_unit_are_its_options() -> None:
    class Gated(Unit):
        type: str = "soft"

        def build(self, networks: int, channels: int, channel_axis: int) -> Any: ...

    assert problems("units", Gated) == "option 'type' means something else in a recipe; give it another name"


# --- tasks and methods


def metrics(*names: str) -> tuple[Metric, ...]:
    return tuple(Metric(name, name) for name in names)


@pytest.mark.parametrize(
    ("figures", "problem"),
    [
        (None, "metrics_info must be a tuple of one stitchkit.tasks.Metric or more, but is None"),
        ((), "metrics_info must be a tuple of one stitchkit.tasks.Metric or more, but is ()"),
        (["error"], "metrics_info must be a tuple of one stitchkit.tasks.Metric or more, but is ['error']"),
        (
            list(metrics("error")),
            "metrics_info must be a tuple of one stitchkit.tasks.Metric or more, but is [",
        ),
        (metrics("a", "b", "a"), "metrics_info must have distinct names, but has a, b, a"),
    ],
)
def test_figures_that_no_table_can_show_are_told(figures: Any, problem: str) -> None:
    assert problems("tasks", changed(Brightness, metrics_info=figures)).startswith(problem)


def without_figures(**own: Any) -> type:
    parts = {
        name: value for name, value in vars(Brightness).items() if name not in ("metrics_info", "_abc_impl")
    }
    return type("Own", (Task,), {**parts, **own})


def test_figures_may_depend_on_the_options() -> None:
    def init(self: Any, name: str, config: Any) -> None:
        self.metrics_info = metrics("error")

    assert problems("tasks", without_figures(__init__=init)) == ""
    assert problems("tasks", without_figures(metrics_info=property(lambda self: metrics("error")))) == ""
    assert problems("tasks", without_figures()).startswith("metrics_info must be a tuple")


@pytest.mark.parametrize("own", [{}, {"label": ""}, {"label": 3}])
def test_a_method_without_a_label_is_told(own: dict[str, Any]) -> None:
    def candidates(self: Any, plans: Any) -> dict[str, Any]:
        return {}

    assert problems("methods", changed(Method, candidates=candidates, **own)).startswith(
        "label must be a text, what tables call the method, but is"
    )
    assert problems("methods", changed(Method, candidates=candidates, label="Mine")) == ""


# --- families


class Lacking:
    pass


def family(of: Callable[..., Any]) -> type:
    return type("Family", (), {"of": of})


def test_a_family_must_say_which_class_a_name_means() -> None:
    lacks = "Lacking lacks of(name), a class method that gives the class of one member"
    assert problems("backbones", Lacking, "lab:*") == lacks
    wrong = "of must be a class method that takes (name)"
    assert problems("backbones", family(lambda self, name: Tiny), "lab:*") == wrong
    assert problems("backbones", family(classmethod(lambda cls: Tiny)), "lab:*") == wrong  # type: ignore[arg-type]
    fits = classmethod(lambda cls, name: Tiny)
    assert problems("backbones", family(fits), "lab:*") == ""  # type: ignore[arg-type]
