"""Losses on the differences between predicted and true depths."""

import torch
from torch import Tensor

BALANCE = 0.5  # of the scale-invariant loss: 0 is the squared error, 1 takes no notice of scale at all
KNEE = 0.2  # of the largest error, from which the berHu loss grows with the square


def scale_invariant(errors: Tensor, images: Tensor) -> Tensor:
    """The scale-invariant loss (Eigen et al., NIPS 2014, Equation 4), mean over images.

    Of an image with n errors d it is mean(d²) - 0.5 mean(d)²: to be wrong by the same factor everywhere costs
    half of what as large errors cost that have nothing in common.

    Args:
        errors: Differences of logarithms: [P].
        images: The image that each belongs to, by its place in the batch: int64 [P].

    Returns:
        A scalar; 0 without errors.
    """
    places, image = images.unique(return_inverse=True)
    count = torch.bincount(image, minlength=len(places)).clamp(min=1)
    first, second = (
        errors.new_zeros(len(places)).index_add(0, image, power) / count for power in (errors, errors**2)
    )
    return (second - BALANCE * first**2).sum() / max(len(places), 1)


def berhu(errors: Tensor, images: Tensor) -> Tensor:
    """The reversed Huber loss (Laina et al., 3DV 2016, Section 3.2), mean over pixels.

    |d| up to a knee c, (d² + c²) / 2c beyond it, where c is a fifth of the largest error of the batch.

    Args:
        errors: Differences: [P].
        images: Not used: all pixels of the batch count alike.

    Returns:
        A scalar; 0 without errors.
    """
    if not len(errors):
        return errors.sum()
    size = errors.abs()
    knee = KNEE * size.detach().max().clamp(min=torch.finfo(size.dtype).tiny)
    return torch.where(size <= knee, size, (size**2 + knee**2) / (2 * knee)).mean()
