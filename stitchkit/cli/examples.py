"""Examples below a command's help."""

from collections.abc import Callable
from typing import TypeVar

Command = TypeVar("Command", bound=Callable[..., None])


def examples(*lines: str) -> Callable[[Command], Command]:
    """Show ``lines``, each a command to type, below the help of the decorated command."""

    def note(command: Command) -> Command:
        vars(command)["epilog"] = "Examples:\n\n" + "\n\n".join(f"`{line}`" for line in lines)
        return command

    return note
