"""The whole recipe schema: every key, what it means and its default."""

import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationInfo,
    field_validator,
)

from stitchkit.plugins import Config, Kind, find
from stitchkit.plugins.files import fingerprint
from stitchkit.sizes import ShorterSide

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


def _name_of(what: str) -> AfterValidator:
    def check(name: str) -> str:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):  # it names modules, folders, rows
            raise ValueError(f"a {what}'s name must be a letter, then letters, digits, _ or -")
        return name

    return AfterValidator(check)


def _distinct(values: list[Any]) -> list[Any]:
    if len(set(values)) < len(values):
        raise ValueError(f"must be distinct, but got {values}")
    return values


def _ascending(limits: tuple[float, float]) -> tuple[float, float]:
    if limits[0] > limits[1]:
        raise ValueError(f"must be the lower limit, then the upper, but got {list(limits)}")
    return limits


Taps = Annotated[list[str | dict[str, str]], Field(min_length=1)]
TaskName = Annotated[str, _name_of("task")]
MethodName = Annotated[str, _name_of("method")]
Grid = dict[str, Annotated[list[Any], Field(min_length=1)]]
Points = list[Annotated[dict[str, Any], Field(min_length=1)]]
Sweep = Grid | Points
"""Points of a sweep: a list of values for each key, all combined, or a list of points, each with its keys."""
Range = Annotated[tuple[PositiveFloat, PositiveFloat], AfterValidator(_ascending)]
Trackers = Annotated[list[Literal["tensorboard", "wandb", "mlflow"]], AfterValidator(_distinct)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]  # what numpy's and torch's generators both take


class Block(BaseModel):
    """A part of a recipe; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PluginBlock(Block):
    """A part filled by a plugin: ``type`` names it, the remaining keys are the plugin's own options."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)
    kind: ClassVar[Kind]
    type: str  # the plugin's name; the other keys are its options

    def plugin(self) -> Any:
        """The plugin's class."""
        return find(self.kind, self.type)

    def config(self) -> Any:
        """The class of the plugin's options."""
        return self.plugin().Config

    def options(self) -> Config:
        """The remaining keys, checked by the plugin's own ``Config``; raises `pydantic.ValidationError`."""
        return self.config().model_validate(self.model_extra or {})

    def code(self) -> list[str]:
        """Hashes of the plugin files that the plugin, and those in its options, come from."""
        inside = [option for _, option in self.options() if isinstance(option, PluginBlock)]
        hashes = [fingerprint(self.plugin()), *(code for block in inside for code in block.code())]
        return [code for code in hashes if code]


class DataBlock(PluginBlock):
    """Where the pictures come from."""

    kind: ClassVar[Kind] = "datasets"


class TaskBlock(PluginBlock):
    """What is to be learned from them."""

    kind: ClassVar[Kind] = "tasks"
    weight: Annotated[float, Field(ge=0.0)] = 1.0  # factor of this task's loss in the joint loss


class SamplerBlock(PluginBlock):
    """What a mini-batch is made of: one for all tasks."""

    kind: ClassVar[Kind] = "samplers"
    type: str = "whole_images"


class ProposalsBlock(PluginBlock):
    """Where boxes come from that may hold objects, for tasks that look at regions."""

    kind: ClassVar[Kind] = "proposals"


class BackboneBlock(PluginBlock):
    """What the one-task networks are made of."""

    kind: ClassVar[Kind] = "backbones"


class UnitBlock(PluginBlock):
    """What stands at each tap. Units describe themselves, so the plugin's class is its own ``Config``."""

    kind: ClassVar[Kind] = "units"
    type: str = "cross_stitch"

    def config(self) -> Any:
        """The plugin's class itself."""
        return self.plugin()


class Augment(Block):
    """Random changes of the training samples (paper, Section 5: "mirroring and color data augmentation")."""

    mirror: Fraction = 0.5  # probability of flipping left and right; normals change sign with it
    colour: Literal["none", "multiplier"] = "multiplier"  # a factor for each channel (Eigen et al., 2014)
    colour_range: Range = (0.8, 1.2)  # of that factor


class Validation(Block):
    """Frames held out of the training split to watch training; the test split is never read for this."""

    fraction: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0  # of the training frames; 0 trains on all
    every: PositiveInt = 1000  # iterations between two validations


class Training(Block):
    """How networks are trained; the same for every method unless a method says otherwise."""

    # Height, width that training and test images are resized to, or {shorter: 600, longer: 1000}, which keeps
    # their proportions; null keeps their size
    size: tuple[PositiveInt, PositiveInt] | ShorterSide | None = None
    batch: PositiveInt = 20  # images in a mini-batch
    optimizer: Literal["sgd", "adamw"] = "sgd"  # SGD with momentum, or AdamW
    lr: PositiveFloat = 1e-3  # base learning rate
    momentum: Fraction = 0.9  # of SGD
    weight_decay: Annotated[float, Field(ge=0.0)] = 5e-4  # of weights; that of alpha is a key of its method
    bias_lr_scale: PositiveFloat = 1.0  # factor of the learning rate of biases; Caffe's FCN text doubles it
    bias_weight_decay: Annotated[float, Field(ge=0.0)] | None = None  # of biases; null: as weight_decay
    schedule: Literal["constant", "one_cycle", "step"] = "constant"  # of the learning rate
    step_after: Fraction = 0.75  # of the iterations, after which schedule step goes on at a tenth of the rate
    clip_norm: PositiveFloat | None = None  # gradients are scaled down to this norm
    augment: Augment = Augment()
    validation: Validation = Validation()
    checkpoint_every: PositiveInt = 1000  # iterations between two checkpoints
    log_every: PositiveInt = 10  # iterations between two entries of the training curves
    track: Trackers = ["tensorboard"]  # where curves are shown beside the report; [] for nowhere
    workers: Annotated[int, Field(ge=0)] = 2  # processes that load samples; 0 loads in the main process
    cache: bool = False  # keep resized training samples in memory, shared by the workers; wants a size

    @field_validator("cache")
    @classmethod
    def _can_cache(cls, cache: bool, info: ValidationInfo) -> bool:
        if cache and info.data.get("size", ()) is None:
            raise ValueError("wants a size, but training.size is null; give a size or set cache: false")
        return cache


class MethodBlock(PluginBlock):
    """A method, trained, measured and compared: one row of the table.

    It is named by its key; ``type``, where it is another, names its plugin: ``nddr: {type: cross_stitch,
    unit: {type: nddr}}``.
    """

    kind: ClassVar[Kind] = "methods"
    label: str = ""  # what tables call it; empty: the plugin's own words, or the name where it is another

    def method(self) -> Any:
        """The plugin, with its options."""
        return self.plugin()(self.options())


class Evaluation(Block):
    """How networks are measured: at the size of the ground truth, over the whole test split, once a run."""

    batch: PositiveInt = 8  # images at a time; the figures do not depend on it
    pictures: Annotated[int, Field(ge=0)] = 8  # test frames drawn in the report, evenly spread
    limit: PositiveInt | None = None  # evaluate the first so many test frames only; null: all
    resamples: Annotated[int, Field(ge=0)] = 1000  # of the paired bootstrap over test images; 0: no intervals


class Published(Block):
    """Figures from a publication, shown beside ours only where data and protocol are the publication's."""

    source: str  # what tables call the publication
    rows: dict[str, dict[str, dict[str, float]]]  # row -> task -> metric -> value; a null row is taken out

    @staticmethod
    def method(row: str) -> str:
        """The method of a row: ``"split"`` of ``"split conv4"``."""
        return row.partition(" ")[0]


class Recipe(Block):
    """One study: networks to train on one data set, and how to compare them."""

    title: str = ""  # heading of the report
    plugins: list[Path] = []  # Python files that register plugins, from this file's folder; wants --trust
    data: DataBlock
    proposals: ProposalsBlock | None = None
    tasks: Annotated[dict[TaskName, TaskBlock], Field(min_length=1)]  # by names of one's own choice
    sampler: SamplerBlock = SamplerBlock()
    backbone: BackboneBlock
    training: Training = Training()
    methods: Annotated[dict[MethodName, MethodBlock], Field(min_length=1)]  # rows of the table, in its order
    # Values to try: a list for each dotted key, all combined, or a list of points, each with its keys
    sweep: Annotated[Sweep, BeforeValidator(lambda sweep: {} if sweep is None else sweep)] = {}
    evaluation: Evaluation = Evaluation()
    # Each seed trains every run anew; figures are their mean, with the deviation
    seeds: Annotated[list[Seed], Field(min_length=1), AfterValidator(_distinct)] = [0]
    published: Published | None = None

    @field_validator("methods", mode="before")
    @classmethod
    def _named_by_their_keys(cls, methods: Any) -> Any:
        """Fill in the type of each method, and leave out those that are null."""
        if not isinstance(methods, dict):
            return methods
        given = {name: block for name, block in methods.items() if block is not None}
        return {
            name: {"type": name, **block} if isinstance(block, dict) else block
            for name, block in given.items()
        }


class Variant(BaseModel):
    """One point of a sweep.

    Attributes:
        settings: The keys that it sets, dotted, and their values; empty where nothing is swept.
        recipe: The recipe with these values, in which nothing is swept.
    """

    model_config = ConfigDict(frozen=True)
    settings: dict[str, Any] = {}
    recipe: Recipe


class Loaded(BaseModel):
    """A checked recipe and where it came from.

    Attributes:
        recipe: With profile and overrides applied.
        variants: One for each point of its sweep, in order; the recipe itself where nothing is swept.
        name: The file's stem.
        path: The file.
        profile: ``"default"`` or the name of a profile.
        overrides: The ``key=value`` words given, in order.
        changes_protocol: Whether profile or overrides change anything that published figures depend on.
    """

    model_config = ConfigDict(frozen=True)
    recipe: Recipe
    variants: tuple[Variant, ...]
    name: str
    path: Path
    profile: str
    overrides: tuple[str, ...] = ()
    changes_protocol: bool = False
