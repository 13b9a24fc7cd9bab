"""Which axis of an output holds the channels."""

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd

Shape = tuple[int, ...]


def channel_axis(module: nn.Module, shape: Shape | None, grown: Shape | None) -> int | None:
    """The axis that stays when there are more images, and larger ones.

    Where several axes stay (a pooled map, a network of one image size), convolutions and batch norms have
    their channels on axis 1, linear layers on the last. For other modules it is the usual axis for such a
    shape: in maps of which height and width stay as well, axis 1, or the last where only the first two of
    three are equal (H x W x C); in tokens and everything else, the last axis that stays.

    Args:
        module: What returned the output.
        shape: Shape of an output, the batch or the batch times something first; in a sequence, ``[T, B, C]``.
        grown: Its shape when the inputs have grown in everything but their channels; None if not known.

    Returns:
        1, or a negative number that counts from the end; None where there are no channels: the output is not
        one tensor, grows in every axis, or does not depend on the input at all (a position embedding).
    """
    if shape is None or len(shape) < 2:
        return None
    if grown == shape:
        return None
    other = grown if grown and len(grown) == len(shape) else shape
    stays = [axis for axis in range(1, len(shape)) if shape[axis] == other[axis]]
    stays = [axis for axis in stays if shape[axis] > 1] or stays
    if not stays:
        return None
    if isinstance(module, _ConvNd | _BatchNorm) and 1 in stays:
        return 1
    maps = len(shape) > 3 and len(stays) == len(shape) - 1
    channels_first = maps and not shape[1] == shape[2] != shape[-1] and not isinstance(module, nn.Linear)
    axis = 1 if channels_first else stays[-1]
    return axis if axis == 1 else axis - len(shape)
