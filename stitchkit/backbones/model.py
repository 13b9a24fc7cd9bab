"""One-task networks on any model: a trunk cut at its taps, and a light head."""

import functools
import hashlib
import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from stitchkit.backbones.base import Backbone, Preprocess
from stitchkit.backbones.heads import DenseNet, LastMap, MultiScale, OwnHead
from stitchkit.backbones.maps import Layout, layout_of
from stitchkit.backbones.model_config import ModelConfig
from stitchkit.backbones.regional import RegionalNet
from stitchkit.backbones.state import fill
from stitchkit.backbones.tensors import content_digest, digest, read_tensors
from stitchkit.errors import InputError
from stitchkit.graph.features import features
from stitchkit.graph.observe import first_line, inputs_of
from stitchkit.graph.presets import declared_presets
from stitchkit.graph.taps import Tap, select, taps

COARSE = 4  # stages of a finer stride cost more than they tell; they are left out where there are others


@dataclass(frozen=True)
class Trunk:
    """What is known of a model before any is made: where it is tapped, and what comes out.

    Attributes:
        stages: Its taps, in order.
        layouts: Of the value at each of them.
    """

    stages: tuple[str, ...]
    layouts: tuple[Layout, ...]


class ModelBackbone(Backbone):
    """One-task networks on a model from a library; a family of backbones, one for each model.

    A subclass is announced as ``library:*`` and says how its models are made; `of` gives the backbone of one
    of them. Shapes are found by running the model once without values, on an image of the size that it was
    made for. The head ``fcn`` gives scores at the stride of the last tap, ``multi_scale`` at that of the
    finest.

    Attributes:
        library: Of the family, for example ``"timm"``.
        name: Of the model.

    Raises:
        InputError: The file of weights is missing; later, in `dense` and `regional`: an option, a tap or the
            weights do not fit the model.
    """

    Config: ClassVar[type[ModelConfig]] = ModelConfig
    library: ClassVar[str]
    name: ClassVar[str]

    def __init__(self, config: ModelConfig) -> None:
        self.config = config
        self.preprocess = self._preprocess()
        self._digest = "" if config.weights is None else digest(config.weights.expanduser())

    @classmethod
    def untrained(cls, config: ModelConfig) -> Self:
        """The backbone without trained weights."""
        return cls(config.model_copy(update={"weights": None, "pretrained": False}))

    @classmethod
    @functools.cache
    def of(cls, name: str) -> type[Self]:
        """The backbone of one model; raises `InputError`, with the closest names, where there is none."""
        cls.check(name)
        return type(f"{cls.__name__}[{name}]", (cls,), {"name": name, "__doc__": cls.__doc__})

    @classmethod
    @abstractmethod
    def check(cls, name: str) -> None:
        """Raises `InputError` where the library has no such model."""

    @classmethod
    @abstractmethod
    def plain(cls) -> nn.Module:
        """The model as the library makes it by default, with random weights."""

    @abstractmethod
    def create(self, outputs: int | None = None, pretrained: bool = False) -> nn.Module:
        """A new model by the options; raises whatever the library raises.

        Args:
            outputs: Channels of the scores of its own dense head; None for the model without any head.
            pretrained: With the library's trained weights.
        """

    @property
    @abstractmethod
    def version(self) -> str:
        """What determines the model besides its name and options, for example the library's version."""

    def dense(self, outputs: int) -> nn.Module:
        """A new network, images [B, 3, H, W] to raw scores [B, outputs, h, w].

        Raises:
            InputError: An option, a tap or the weights do not fit the model.
        """
        if self.head == "own":
            model = self.make(outputs)
            if self._given is not None:
                fill(model, self._given, self._source, without=self._scores(outputs))
            return OwnHead(model, self._stages_if_known(), self.heads(model))
        options, used = self.config, slice(None if self.head == "multi_scale" else -1, None)
        stages, layouts = self.trunk.stages, self.trunk.layouts[used]
        trunk = self._cut(stages[used])
        channels = [layout.channels for layout in layouts]
        head = (
            MultiScale(channels, outputs, options.width, options.dropout)
            if self.head == "multi_scale"
            else LastMap(channels, outputs, options.dropout)
        )
        return DenseNet(trunk, layouts, head, stages)

    def regional(self, heads: Mapping[str, int]) -> RegionalNet:
        """A new network, images [B, 3, H, W] and RoIs [R, 5] to raw outputs [R, outputs] of each head.

        The regions are taken from the map at the last tap.

        Raises:
            InputError: The model has its own dense head, or an option, a tap or the weights do not fit it.
        """
        if self.head == "own":
            raise InputError(
                f"{self} has a dense head of its own; for {', '.join(heads)} use a model that gives maps,"
                " and leave backbone.head out"
            )
        options, stages = self.config, self.trunk.stages
        trunk, layout = self._cut(stages[-1:]), self.trunk.layouts[-1]
        return RegionalNet(trunk, layout, heads, options.fc_width, options.dropout, stages)

    def _cut(self, stages: Sequence[str]) -> nn.Module:
        """A new model up to some of its taps."""
        trunk = features(self.make(), stages)
        if self._given is not None:
            fill(trunk, self._given, self._source)
        return trunk

    def _stages_if_known(self) -> tuple[str, ...]:
        """The taps; none where a model with a head of its own has no stages, as long as nobody names any."""
        try:
            return self.trunk.stages
        except InputError:
            if self.config.taps is not None:
                raise
            return ()

    @property
    def head(self) -> str:
        """The head by its name in the options."""
        return self.config.head or "fcn"

    @property
    def fingerprint(self) -> str:
        """Hash of model, options and the weights' content; the name of their file does not matter."""
        options = self.config.model_dump(mode="json", exclude={"weights"})
        weights = self._digest or (content_digest(self._given) if self._given is not None else "")
        text = json.dumps([str(self), self.version, options, weights], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @functools.cached_property
    def trunk(self) -> Trunk:
        """Where the model is tapped; raises `InputError` where taps or options do not fit it."""
        with torch.random.fork_rng(devices=[]):
            try:
                with torch.device("meta"):  # shapes alone, in no time; some models cannot be made so
                    model = self.create(self._outputs)
                return self.study(model)
            except InputError:
                raise
            except Exception:
                return self.study(self.make(self._outputs))

    def study(self, model: nn.Module) -> Trunk:
        """The trunk of a model that `create` made."""
        (image,) = inputs_of(model).values()
        height, width = image.shape[-2:]
        listed = taps(model, image)
        specs = self.config.taps or self.stages(listed)
        chosen = {
            tap.name: layout_of(tap, listed, height, width)
            for spec in specs
            for tap in select(spec, str(self), model, listed)
        }
        if self.config.taps is None:
            chosen = {name: x for name, x in chosen.items() if x.stride[0] >= COARSE} or chosen
        stride, wanted = list(chosen.values())[-1].stride[0], self.config.output_stride
        if wanted is not None and round(stride) != wanted:
            raise InputError(
                f"backbone.output_stride is {wanted}, but the last tap of {self} has stride {stride:.3g};"
                f" leave output_stride out, or name taps that have it"
            )
        return Trunk(tuple(chosen), tuple(chosen.values()))

    def stages(self, listed: Sequence[Tap]) -> list[str]:
        """The taps where the options name none."""
        return ["stages"]

    def heads(self, model: nn.Module) -> Sequence[str]:
        """The layers that give the scores of a model with a dense head of its own; none if not known."""
        return declared_presets(model).get("heads", ())

    def make(self, outputs: int | None = None, pretrained: bool = False) -> nn.Module:
        """As `create`; raises `InputError` where the options do not fit the model."""
        try:
            return self.create(outputs, pretrained)
        except InputError:
            raise
        except Exception as error:
            if pretrained:
                raise InputError(
                    f"{self}: the pretrained weights cannot be had ({first_line(error)});"
                    f" give a file of weights instead of pretrained: true"
                ) from error
            given = [key for key in ("output_stride", "options") if getattr(self.config, key)]
            keys = " or ".join(f"backbone.{key}" for key in given) or "backbone.type"
            raise InputError(f"{self} cannot be made: {first_line(error)}; see {keys}") from error

    @functools.cached_property
    def _given(self) -> Mapping[str, Tensor] | None:
        """The tensors to start from, with the model's classifier or without; None for a random start."""
        if self.config.weights is not None:
            return read_tensors(self.config.weights.expanduser())
        if not self.config.pretrained:
            return None
        with torch.random.fork_rng(devices=[]):
            return self.make(self._outputs, pretrained=True).state_dict()

    @property
    def _source(self) -> str:
        return str(self.config.weights or self)

    @property
    def _outputs(self) -> int | None:
        """For `create`, where the number of scores does not matter."""
        return 1 if self.head == "own" else None

    def _scores(self, outputs: int) -> set[str]:
        """The tensors of a dense network that make its scores: their shapes follow the number of outputs."""
        with torch.random.fork_rng(devices=[]):
            fewer, more = (self.make(count).state_dict() for count in (outputs, outputs + 1))
        return {name for name in fewer if fewer[name].shape != more[name].shape}

    def _preprocess(self) -> Preprocess:
        return Preprocess()

    def __str__(self) -> str:
        return f"{self.library}:{self.name}"
