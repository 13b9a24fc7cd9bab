"""The one error that is the user's to mend: it names the place and the remedy in one line."""

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """What the user gave cannot be used as it is.

    The message is one line: what is wrong, where, and what to do. The command line prints it without a
    traceback and exits with code 2.
    """


def unknown(kind: str, name: object, valid: Iterable[str], where: str = "") -> InputError:
    """An `InputError` for a name that does not exist, with the closest valid names.

    Args:
        kind: What the name stands for, for example ``"tap"``.
        name: The name as the user wrote it.
        valid: All names that would have been right.
        where: The place of the mistake, for example ``"recipe.yaml:12:5"``.
    """
    known = list(dict.fromkeys(valid))
    close = difflib.get_close_matches(str(name), known, n=3, cutoff=0.5)
    hint = (
        f"did you mean {' or '.join(map(repr, close))}?" if close else f"known: {', '.join(known) or 'none'}"
    )
    return InputError(f"{where + ': ' if where else ''}unknown {kind} {str(name)!r}; {hint}")
