"""Properties of a task's loss."""

from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map_only

from stitchkit.tasks import Batch
from stitchkit.testing.check import DoesNotApply, check, expect
from stitchkit.testing.task_case import TaskCase

STEPS = 40
LR = 0.01


@check("stitchkit.tasks.Task.loss")
def the_loss_is_a_finite_scalar(case: TaskCase) -> None:
    """The loss is a finite floating-point number without axes."""
    loss, _ = _gradients(case, case.training_batch())
    expect(loss.shape == (), "a scalar, shape ()", tuple(loss.shape))
    expect(loss.is_floating_point() and bool(loss.isfinite()), "a finite number", loss)


@check("stitchkit.tasks.Task.loss")
def the_loss_reaches_the_output(case: TaskCase) -> None:
    """The loss has a gradient, finite and not zero everywhere, for what the network returned."""
    _, gradients = _gradients(case, case.training_batch())
    expect(all(bool(own.isfinite().all()) for own in gradients), "finite gradients", "others")
    expect(any(bool(own.any()) for own in gradients), "a gradient that is not zero", "zero everywhere")


@check("stitchkit.tasks.Task.loss")
def without_truth_the_loss_is_zero(case: TaskCase) -> None:
    """Where no image of a batch has ground truth the loss is zero, yet connected to the output."""
    samples = [case.without_truth(sample) for sample in case.training_samples()]
    _expect_nothing(*_gradients(case, case.training_batch(samples)))


@check("stitchkit.tasks.Task.loss")
def with_void_alone_the_loss_is_zero(case: TaskCase) -> None:
    """Where every pixel of a batch is void the loss is zero, yet connected to the output."""
    _about_maps(case)
    batch = case.training_batch()
    for name in case.task.reads:
        batch[name] = torch.full_like(batch[name], case.train.targets[name].void)
    _expect_nothing(*_gradients(case, batch))


@check("stitchkit.tasks.Task.loss")
def an_image_without_truth_adds_nothing(case: TaskCase) -> None:
    """An image that lacks ground truth, in a batch with one that has it, gets no gradient."""
    _about_maps(case)
    samples = case.training_samples(2)
    mixed = [samples[0], case.without_truth(samples[-1])]
    _, gradients = _gradients(case, case.training_batch(mixed))
    if any(len(own) != len(mixed) for own in gradients):
        raise DoesNotApply("the network's output has no row for each image")
    expect(not any(bool(own[1].any()) for own in gradients), "no gradient for the second image", "one")
    expect(any(bool(own[0].any()) for own in gradients), "a gradient for the first image", "none")


@check("stitchkit.tasks.Task.loss")
def training_lowers_the_loss(case: TaskCase) -> None:
    """Some steps of training on one batch lower the loss on it."""
    batch, network = case.training_batch(), case.network().train()
    optimiser = torch.optim.Adam(network.parameters(), lr=LR)
    losses = []
    for _ in range(STEPS):
        loss = case.task.loss(case.output(network, batch), batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    expect(losses[-1] < losses[0], f"less than {losses[0]:.4g} after {STEPS} steps", f"{losses[-1]:.4g}")


def _gradients(case: TaskCase, batch: Batch) -> tuple[Tensor, list[Tensor]]:
    """The loss of a batch, and its gradient for every tensor that the network returned."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        given = case.output(case.network().train(), batch)
    output: Any = tree_map_only(Tensor, lambda own: own.detach().requires_grad_(), given)
    loss = case.task.loss(output, batch)
    expect(loss.requires_grad, "a loss that is connected to the output", "one without a gradient")
    loss.sum().backward()
    gradients = [own.grad for own in tree_leaves(output)]
    expect(None not in gradients, "a loss connected to every tensor that the network returned", "some not")
    return loss.detach(), gradients


def _expect_nothing(loss: Tensor, gradients: list[Tensor]) -> None:
    expect(bool(loss == 0), "a loss of 0", loss)
    expect(not any(bool(own.any()) for own in gradients), "gradients of 0", "others, or NaN")


def _about_maps(case: TaskCase) -> None:
    if any(case.train.targets[name].per_object for name in case.task.reads):
        raise DoesNotApply("the task reads something of each object: an image without any is not void")
