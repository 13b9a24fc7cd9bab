"""``stitchkit completion``: let the shell complete commands, recipes, profiles, rows and plugins."""

from enum import StrEnum
from typing import Annotated

import typer

from stitchkit.cli.examples import examples


class Shell(StrEnum):
    """Shells that can complete."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


@examples(
    'eval "$(stitchkit completion bash)"',
    "stitchkit completion zsh > ~/.zfunc/_stitchkit",
    "stitchkit completion fish > ~/.config/fish/completions/stitchkit.fish",
)
def completion(
    shell: Annotated[Shell, typer.Argument(help="Your shell.", show_default=False)],
) -> None:
    """Print the script that makes a shell complete words after `stitchkit`.

    For bash, the first example goes into `~/.bashrc`.
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    print(get_completion_script(prog_name="stitchkit", complete_var="_STITCHKIT_COMPLETE", shell=shell.value))
