"""A validation split from the training frames; the test split is never touched for it."""

from stitchkit.data.dataset import Dataset
from stitchkit.errors import InputError


def carve(train: Dataset, fraction: float) -> tuple[list[int], list[int]]:
    """Indices for training and for validation.

    Groups (rooms, videos) stay whole. They are taken at even distances through the data set, so the choice
    needs no seed and every seed of a study is validated on the same frames.

    Args:
        train: The training split.
        fraction: Share of the groups to hold out; 0 holds out none.

    Raises:
        InputError: The fraction leaves no group to train on.
    """
    by_group: dict[str, list[int]] = {}
    for index in range(len(train)):
        by_group.setdefault(train.group(index), []).append(index)
    groups = list(by_group)
    count = round(fraction * len(groups)) if fraction else 0
    count = max(count, 1) if fraction else 0
    if count >= len(groups):
        raise InputError(
            f"training.validation.fraction={fraction} holds out {count} of {len(groups)} groups of frames "
            "and leaves none to train on; choose a smaller fraction"
        )
    held_out = {groups[int((k + 0.5) * len(groups) / count)] for k in range(count)}
    training = [i for group in groups if group not in held_out for i in by_group[group]]
    validation = [i for group in groups if group in held_out for i in by_group[group]]
    return training, validation
