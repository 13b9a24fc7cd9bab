"""How far a long piece of work has come: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

QUIET_SECONDS = 30.0  # between two lines where there is no terminal


class Advance(Protocol):
    """Say how much is done, and a few words on how it goes."""

    def __call__(self, done: int, text: str = "") -> None:
        """``done`` counts from zero to the total."""


@contextmanager
def progress(description: str, total: int, done: int = 0) -> Iterator[Advance]:
    """Show the progress of one piece of work on standard error.

    Args:
        description: What is being done.
        total: Number of steps.
        done: Steps already done by an earlier attempt.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(console, description, total)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[words]}"),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(description, total=total, completed=done, words="")
        yield lambda done, text="": bar.update(task, completed=done, words=text)


class _Lines:
    def __init__(self, console: Console, description: str, total: int) -> None:
        self.console, self.description, self.total = console, description, total
        self.start = self.last = time.monotonic()
        self.first_done: int | None = None

    def __call__(self, done: int, text: str = "") -> None:
        now = time.monotonic()
        if self.first_done is None:
            self.first_done = done
        if done < self.total and now - self.last < QUIET_SECONDS:
            return
        self.last = now
        since = done - self.first_done
        left = (now - self.start) / since * (self.total - done) if since else 0.0
        when = f"{left:.0f} s left" if done < self.total else f"{now - self.start:.0f} s"
        line = f"{self.description}: {done}/{self.total}, {when}{', ' + text if text else ''}"
        self.console.print(line, highlight=False, markup=False, soft_wrap=True)
