"""What a run's network is trained with, put together for training and for estimates alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from stitchkit.cost import flops
from stitchkit.data import CollateAlike, EvaluationSamples, TrainingSamples, augmentation
from stitchkit.methods import Run
from stitchkit.study.materials import Materials
from stitchkit.tasks import Task
from stitchkit.training.groups import parameter_groups
from stitchkit.training.model import MultiTaskModel


@dataclass(frozen=True)
class Assembled:
    """A network, ready to be trained.

    Attributes:
        model: With the network and its tasks.
        samples: The training frames, augmented.
        groups: Parameter groups, each with its rates.
    """

    model: MultiTaskModel
    samples: TrainingSamples
    groups: list[dict[str, Any]]


def assemble(run: Run, materials: Materials, network: nn.Module) -> Assembled:
    """A run's network with all that its recipe says of training.

    Args:
        run: With something to train.
        materials: Of the run.
        network: Of the run, on the device to train on.
    """
    recipe, training = materials.recipe, materials.recipe.training
    augment = training.augment
    samples = TrainingSamples(
        materials.frames,
        augment=augmentation(
            mirror=augment.mirror,
            colour=augment.colour_range if augment.colour == "multiplier" else None,
        ),
        seed=run.seed,
    )
    model = MultiTaskModel(
        network,
        {name: materials.tasks[name] for name in run.tasks},
        {name: recipe.tasks[name].weight for name in run.tasks},
        materials.backbone.preprocess,
        materials.sampler,
        penalty=lambda: run.method.penalty(network),
    )
    rates: dict[str, Any] = {
        "lr": training.lr,
        "weight_decay": training.weight_decay,
        "bias_lr_scale": training.bias_lr_scale,
        "bias_weight_decay": training.bias_weight_decay,
        **run.method.rates(),
    }
    return Assembled(model, samples, parameter_groups(network, **rates))


def prediction_flops(network: nn.Module, tasks: Mapping[str, Task], materials: Materials) -> int:
    """Operations of predicting every task for the first test image."""
    samples = EvaluationSamples(materials.test, [0], materials.recipe.training.size)
    (batch,) = CollateAlike(materials.test.targets)([samples[0]])
    image = materials.backbone.preprocess(batch["image"])
    own = {name: task.inputs(batch) for name, task in tasks.items()}
    apart = [inputs for inputs in own.values() if inputs]
    return sum(
        flops(network, {"image": image, **inputs})
        for inputs in (apart if len(apart) == len(own) else [*apart, {}])
    )
