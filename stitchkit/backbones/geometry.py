"""Which input pixel a score of CaffeNet's FCN-32s looks at, and which paddings cover an image.

A score is the centre of its receptive field. With ``first_padding`` P and ``fc6_padding`` Q, score i is
centred on input pixel ``32 i + 113 - P - 32 Q``: conv1 contributes ``4 i + 5 - P``, each of the three
poolings takes ``a i + b`` to ``2 a i + a + b``, fc6 moves the centre by half its kernel, ``32 * (2.5 - Q)``.
Bilinear upscaling puts score i on row ``32 i + 31``. So row u of the upscaled map belongs to input pixel
``u - (P + 32 Q - 82)``: with P 100 and Q 0 the crop offset is 18, as in the released FCN-32s-AlexNet.

Below P + 32 Q = 82 the first rows of every image lie outside the upscaled map. From 99 on every image is
covered (from 39 pixels on where P is 0); between the two, some sizes are, for example 120x160 from 84 on.
P 4 and Q 3 give the score map and the crop of P 100 and Q 0 without the work of convolving a margin several
times the size of a small image; around pool5 stand zeros then, not what conv1 to conv5 make of zeros.
"""

from stitchkit.errors import InputError

STRIDE = 32  # input pixels from one score to the next
KERNEL = 63  # of the bilinear upscaling
ALWAYS_COVERS = 99  # the least first_padding + 32 * fc6_padding that suits every size of image


def crop_offset(first_padding: int, fc6_padding: int) -> int:
    """Row (and column) of the upscaled map that belongs to row (and column) 0 of the image.

    Raises:
        InputError: The upscaled map begins inside the image.
    """
    offset = first_padding + STRIDE * fc6_padding - 82
    if offset < 0:
        raise InputError(
            f"first_padding {first_padding} with fc6_padding {fc6_padding} leaves the first {-offset} rows "
            f"and columns of every image without scores; first_padding + 32 * fc6_padding must be at least 82"
        )
    return offset


def score_size(pixels: int, first_padding: int, fc6_padding: int) -> int:
    """Height (or width) of the score map of an image ``pixels`` high (or wide); not positive: none at all."""
    size = (pixels + 2 * first_padding - 11) // 4 + 1
    for _pool in range(3):
        if size < 2:
            return 0
        size = -((3 - size) // 2) + 1  # Caffe rounds the size of a pooled map up
    return size + 2 * fc6_padding - 5


def covers(pixels: int, first_padding: int, fc6_padding: int) -> bool:
    """Whether the upscaled score map reaches the last of ``pixels`` rows (or columns)."""
    scores = score_size(pixels, first_padding, fc6_padding)
    end = STRIDE * (scores - 1) + KERNEL
    return scores > 0 and crop_offset(first_padding, fc6_padding) + pixels <= end


def check_size(height: int, width: int, first_padding: int, fc6_padding: int) -> None:
    """Raises `InputError` where an image of this size would not get a score for each pixel."""
    if covers(height, first_padding, fc6_padding) and covers(width, first_padding, fc6_padding):
        return
    least = next(
        padding
        for padding in range(first_padding + 1, first_padding + ALWAYS_COVERS)
        if covers(height, padding, fc6_padding) and covers(width, padding, fc6_padding)
    )
    raise InputError(
        f"first_padding {first_padding} with fc6_padding {fc6_padding} leaves the last rows or columns of an "
        f"image of {height}x{width} without scores; use first_padding {least}, or another size of image"
    )
