"""Every defect of a task is found by the check of the property that it breaks."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ConfigDict
from stitchkit_segmentation import Confusion, Segmentation, SegmentationConfig
from stitchkit_segmentation.metrics import FIGURES
from torch import Tensor
from torch.nn import functional as F
from torchvision import tv_tensors

from stitchkit.data import VOID, Dataset, Labels, Sample, Target
from stitchkit.tasks import Batch, Metrics
from stitchkit.testing import TASK_CHECKS, Broken, TaskCase, check_task


class Stripes(Dataset):
    """Six frames of which the class follows from the colour; some pixels are void."""

    targets: Mapping[str, Target] = {"labels": Target("labels", ("dark", "middle", "light"))}
    fingerprint = "stripes"

    def __init__(self) -> None: ...

    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> Sample:
        labels = torch.from_numpy(np.random.default_rng(index).integers(0, 3, (4, 5)).astype(np.uint8))
        labels = labels.repeat_interleave(4, 0).repeat_interleave(4, 1)
        image = (labels * 120).expand(3, 16, 20)
        labels = labels.clone()
        labels[:2] = VOID
        return {"image": tv_tensors.Image(image), "labels": Labels(labels)}

    def key(self, index: int) -> str:
        return f"stripes-{index}"


class Loose(Segmentation):
    class Config(SegmentationConfig):
        model_config = ConfigDict(extra="ignore")


class Forgetful(Segmentation):
    def load_state(self, state: Mapping[str, Tensor]) -> None:
        super().load_state({**state, "counts": state["counts"].flip(0) * 0})


class Wavering(Segmentation):
    def fit(self, train: Dataset, seed: int) -> None:
        super().fit(train, seed)
        self.counts = self.counts + torch.randint(0, 1000, (3,))


class Trusting(Segmentation):
    def fit(self, train: Dataset, seed: int) -> None:
        train.targets = Stripes.targets
        super().fit(train, seed)


class Unpicklable(Segmentation):
    def fit(self, train: Dataset, seed: int) -> None:
        super().fit(train, seed)
        self.forget = lambda: None


class Vectorial(Segmentation):
    def loss(self, output: Any, batch: Batch) -> Tensor:
        return super().loss(output, batch).expand(2)


class Detached(Segmentation):
    def loss(self, output: Any, batch: Batch) -> Tensor:
        return super().loss(output, batch) if self.target in batch else torch.zeros(())


class VoidBlind(Segmentation):
    def loss(self, output: Any, batch: Batch) -> Tensor:
        if self.target not in batch:
            return (output * 0).sum()
        labels = batch[self.target].long()
        return F.cross_entropy(F.interpolate(output, labels.shape[1:]), labels, ignore_index=VOID)  # 0/0


class VoidLearner(Segmentation):
    def loss(self, output: Any, batch: Batch) -> Tensor:
        if self.target not in batch:
            return (output * 0).sum()
        labels = batch[self.target].long() % VOID
        return F.cross_entropy(F.interpolate(output, labels.shape[1:]), labels)


class Uphill(Segmentation):
    def loss(self, output: Any, batch: Batch) -> Tensor:
        return super().loss(output * 0 + output.detach(), batch) + 0 * output.sum()


class Coarse(Segmentation):
    def predict(self, output: Tensor, batch: Batch) -> Tensor:
        return output.argmax(1).to(torch.uint8)


class Sociable(Segmentation):
    def predict(self, output: Tensor, batch: Batch) -> Tensor:
        return super().predict(output - output.mean((0, 2, 3), keepdim=True), batch)


class Vandal(Segmentation):
    def predict(self, output: Tensor, batch: Batch) -> Tensor:
        return super().predict(output.neg_(), batch)


class Crowd(Segmentation):
    def predict_ensemble(self, outputs: Any, batch: Batch) -> Tensor:
        return self.predict(-sum(outputs), batch)


class OneConstant(Segmentation):
    def constant(self, batch: Batch) -> Tensor:
        return super().constant(batch).long()


class Grey(Segmentation):
    def draw(self, values: Any, image: Tensor) -> Tensor:
        return super().draw(values, image)[:1]


class Hollow(Segmentation):
    """Its accumulators are of the class in ``kind``."""

    kind: type[Confusion]

    def metrics(self) -> Confusion:
        return self.kind(self.target, self.names, self.counts.tolist())


class Zeros(Confusion):
    def compute(self) -> dict[str, float]:
        return {name: 0.0 if value != value else value for name, value in super().compute().items()}


class Last(Confusion):
    def update(self, prediction: Tensor, batch: Batch) -> None:
        self.confusion = self.confusion * 0
        super().update(prediction, batch)


class Lonely(Confusion):
    def merge(self, other: Metrics) -> None: ...


class Unordered(Confusion):
    def per_image(self) -> dict[str, np.ndarray]:
        return {**super().per_image(), "first": np.array([key for key, _ in self._images[:1]])}


class Deaf(Confusion):
    def resampled(self, images: Mapping[str, np.ndarray], times: np.ndarray) -> dict[str, np.ndarray]:
        return super().resampled(images, np.minimum(times, 1))


class Opaque(Confusion):
    def details(self) -> dict[str, Any]:
        return {"confusion": self.confusion}


class Counting(Confusion):
    def compute(self) -> dict[str, float]:
        return {**super().compute(), "images": float(len(self._images))}


def with_metrics(kind: type[Confusion]) -> type[Segmentation]:
    return type(kind.__name__, (Hollow,), {"kind": kind})


class UpsideDown(Segmentation):
    metrics_info = tuple(replace(m, higher_is_better=False) for m in FIGURES)  # type: ignore[assignment]


class Twins(Segmentation):
    metrics_info = (*FIGURES, FIGURES[0])  # type: ignore[assignment]


DEFECTS: list[tuple[type[Segmentation], str]] = [
    (Loose, "options-are-checked"),
    (Twins, "figures-are-described"),
    (Wavering, "fitting-depends-on-the-seed-alone"),
    (Trusting, "missing-ground-truth-is-named"),
    (Forgetful, "a-loaded-task-is-the-fitted-one"),
    (Unpicklable, "a-fitted-task-travels-between-processes"),
    (Vectorial, "the-loss-is-a-finite-scalar"),
    (Detached, "without-truth-the-loss-is-zero"),
    (VoidBlind, "with-void-alone-the-loss-is-zero"),
    (VoidLearner, "an-image-without-truth-adds-nothing"),
    (Uphill, "the-loss-reaches-the-output"),
    (Uphill, "training-lowers-the-loss"),
    (Coarse, "there-is-a-prediction-for-each-image"),
    (Sociable, "an-image-is-predicted-alone"),
    (Vandal, "predicting-leaves-outputs-as-they-are"),
    (Crowd, "an-ensemble-of-one-is-its-member"),
    (Crowd, "an-ensemble-of-equals-is-each-of-them"),
    (OneConstant, "the-constant-is-a-prediction"),
    (Grey, "pictures-are-of-the-image-s-size"),
    (with_metrics(Counting), "the-figures-are-those-described"),
    (with_metrics(Zeros), "figures-of-nothing-are-nan"),
    (with_metrics(Zeros), "figures-of-void-are-nan"),
    (with_metrics(Last), "void-counts-nowhere"),
    (with_metrics(Last), "figures-do-not-depend-on-the-batches"),
    (with_metrics(Unordered), "figures-do-not-depend-on-the-order"),
    (with_metrics(Lonely), "merged-accumulators-are-one"),
    (with_metrics(Lonely), "merging-nothing-changes-nothing"),
    (with_metrics(Opaque), "details-are-plain-data"),
    (with_metrics(Deaf), "a-draw-is-the-images-repeated"),
    (UpsideDown, "the-truth-is-no-worse-than-the-constant"),
]
BY_NAME = {str(check): check for check in TASK_CHECKS}
UNTRIED = {"the-target-is-read", "what-was-learned-is-tensors"}


def test_the_task_without_a_defect_passes() -> None:
    check_task(Segmentation, Stripes())


@pytest.mark.parametrize(("defect", "name"), DEFECTS, ids=lambda value: getattr(value, "__name__", value))
def test_a_defect_is_found(defect: type[Segmentation], name: str) -> None:
    with pytest.raises((Broken, Exception)) as found:
        BY_NAME[name](TaskCase(defect, Stripes()))
    told = [str(found.value), *getattr(found.value, "__notes__", [])]
    assert any(f"task '{defect.__name__}': " in line for line in told)


def test_every_check_is_shown_to_find_a_defect() -> None:
    assert set(BY_NAME) - {name for _, name in DEFECTS} == UNTRIED


def test_several_defects_are_told_at_once() -> None:
    class Both(Crowd, Grey):
        pass

    with pytest.raises(
        Broken, match=r"4 of \d+ properties do not hold:\n.*pickle.*\n.*ensemble of one.*\n.*\n.*drawn"
    ):
        check_task(Both, Stripes())
