"""Properties of a task's accumulators of figures."""

import json
import math
import pickle

import torch
from torch import Tensor

from stitchkit.tasks import Metrics
from stitchkit.testing.check import DoesNotApply, check, expect, expect_close
from stitchkit.testing.evidence import assert_a_draw_is_the_images_repeated, assert_same_evidence
from stitchkit.testing.task_case import TaskCase


@check("stitchkit.tasks.Metrics.compute")
def the_figures_are_those_described(case: TaskCase) -> None:
    """The accumulator computes the figures that the task's metrics_info names, and no others."""
    figures = _whole(case).compute()
    names = [metric.name for metric in case.task.metrics_info]
    expect(set(figures) == set(names), f"{names}", list(figures))
    expect(all(type(value) is float for value in figures.values()), "floats", figures)


@check("stitchkit.tasks.Metrics.compute")
def figures_of_nothing_are_nan(case: TaskCase) -> None:
    """Every figure of an accumulator that has seen nothing is NaN."""
    _expect_nan(case.task.metrics())


@check("stitchkit.tasks.Metrics.compute")
def figures_of_void_are_nan(case: TaskCase) -> None:
    """Every figure of an accumulator that has seen nothing but void is NaN."""
    _about_maps(case)
    metrics = case.task.metrics()
    _update_with_void(case, metrics)
    _expect_nan(metrics)


@check("stitchkit.tasks.Metrics.update")
def void_counts_nowhere(case: TaskCase) -> None:
    """An image that is void everywhere changes no figure, and the accumulator tells nothing of it."""
    _about_maps(case)
    metrics = _whole(case)
    _update_with_void(case, metrics)
    expect_close(metrics.compute(), _whole(case).compute(), "figures with and without a void image")
    assert_same_evidence(metrics, _whole(case))


@check("stitchkit.tasks.Metrics")
def figures_do_not_depend_on_the_batches(case: TaskCase) -> None:
    """Figures, and what is told of each image, are the same for any batch size."""
    count = len(case.samples)
    for together in (2, count):
        _expect_same(
            case.accumulated(range(count), together), _whole(case), f"batches of {together} and of 1"
        )


@check("stitchkit.tasks.Metrics")
def figures_do_not_depend_on_the_order(case: TaskCase) -> None:
    """Figures, and what is told of each image, are the same for any order of the images."""
    backwards = case.accumulated(range(len(case.samples))[::-1])
    _expect_same(backwards, _whole(case), "figures backwards and forwards")


@check("stitchkit.tasks.Metrics.merge")
def merged_accumulators_are_one(case: TaskCase) -> None:
    """Accumulators of two processes, one of which comes by pickle, merge to that of one process."""
    places = range(len(case.samples))
    merged = case.accumulated(places[1::2])
    merged.merge(pickle.loads(pickle.dumps(case.accumulated(places[::2]))))
    _expect_same(merged, _whole(case), "figures merged and whole")


@check("stitchkit.tasks.Metrics.merge")
def merging_nothing_changes_nothing(case: TaskCase) -> None:
    """An accumulator that has seen nothing may be merged, and may be merged into."""
    filled, empty = _whole(case), case.task.metrics()
    filled.merge(case.task.metrics())
    empty.merge(_whole(case))
    for merged in (filled, empty):
        _expect_same(merged, _whole(case), "figures merged with nothing and alone")


@check("stitchkit.tasks.Metrics.details")
def details_are_plain_data(case: TaskCase) -> None:
    """Details can be written as JSON, after many images and after none."""
    for metrics in (_whole(case), case.task.metrics()):
        json.dumps(metrics.details(), allow_nan=False)


@check("stitchkit.tasks.Metrics.resampled")
def a_draw_is_the_images_repeated(case: TaskCase) -> None:
    """Figures of images drawn anew are those of a data set with each image as often as it was drawn."""
    if not _whole(case).per_image():
        raise DoesNotApply("the accumulator tells nothing of each image")
    count = len(case.samples)
    assert_a_draw_is_the_images_repeated(case.accumulated, case.tolerance, images=count, resamples=4)


@check("stitchkit.tasks.Metric.higher_is_better")
def the_truth_is_no_worse_than_the_constant(case: TaskCase) -> None:
    """Predicting the ground truth gives a headline figure no worse than the constant prediction's."""
    if not isinstance(case.predictions[0], Tensor):
        raise DoesNotApply("predictions are no tensors: the ground truth may say less than they do")
    ideal, constant = case.task.metrics(), case.task.metrics()
    for batch in case.batches(range(len(case.samples))):
        ideal.update(torch.stack([case.task.truth(batch, 0)]), batch)
        constant.update(case.task.constant(batch), batch)
    headline = case.task.metrics_info[0]
    best, luck = (metrics.compute()[headline.name] for metrics in (ideal, constant))
    holds = best >= luck if headline.higher_is_better else best <= luck
    expect(holds, f"{headline.name} of the ground truth no worse than the constant's {luck:g}", f"{best:g}")


def _whole(case: TaskCase) -> Metrics:
    return case.accumulated(range(len(case.samples)))


def _expect_same(one: Metrics, other: Metrics, what: str) -> None:
    expect_close(one.compute(), other.compute(), what)
    assert_same_evidence(one, other)


def _expect_nan(metrics: Metrics) -> None:
    figures = metrics.compute()
    expect(all(map(math.isnan, figures.values())), "NaN for every figure", figures)


def _update_with_void(case: TaskCase, metrics: Metrics) -> None:
    (batch,) = case.batches([0])
    void = {
        name: torch.full_like(batch[name], case.test.targets[name].void)
        for name in case.task.reads
        if name in batch
    }
    metrics.update(case.predictions[0], {**batch, **void, "key": ["void"]})


def _about_maps(case: TaskCase) -> None:
    if any(case.test.targets[name].per_object for name in case.task.reads):
        raise DoesNotApply("the task reads something of each object: an image without any is not void")
