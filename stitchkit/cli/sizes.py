"""Sizes of images on the command line."""


def sides(size: str) -> tuple[int, int]:
    """Height and width of ``"480,640"``, or of one number for both; raises `InputError` otherwise."""
    from stitchkit.errors import InputError

    words = size.split(",")
    if len(words) > 2 or not all(word.isdecimal() and int(word) for word in words):
        raise InputError(f"--size must be a number or height,width, but got {size!r}")
    return int(words[0]), int(words[-1])
