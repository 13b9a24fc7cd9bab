"""What a table is made of, as text: blocks of rows and columns, and the notes beneath them."""

from dataclasses import dataclass
from itertools import groupby

from stitchkit.report.wording import MISSING

BETTER, WORSE = "▲", "▼"
DIVERGED = "diverged"  # in place of a figure


@dataclass(frozen=True)
class Column:
    """One figure of one task, or of what a row costs; ``reading`` is its unit and direction: ``"(°) ↓"``."""

    task: str
    metric: str
    label: str
    reading: str

    @property
    def heading(self) -> str:
        """The label with its reading, as in ``"Mean (°) ↓"``."""
        return f"{self.label} {self.reading}".rstrip()


@dataclass(frozen=True)
class Cell:
    """A figure as text.

    Attributes:
        text: The figure.
        best: Whether no other trained row has a better one.
        mark: `BETTER` or `WORSE` where it differs from one-task by more than chance; empty otherwise.
    """

    text: str = MISSING
    best: bool = False
    mark: str = ""


@dataclass(frozen=True)
class Row:
    """One row of the study, or the published figures of one; as many cells as the block has columns."""

    name: str
    cells: tuple[Cell, ...]
    published: bool = False


@dataclass(frozen=True)
class Block:
    """Rows and columns under one caption; the caption is the note that all its figures share, or empty."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def groups(self) -> list[tuple[str, int]]:
        """Neighbouring columns of one task: the task and how many they are, in order."""
        return [(task, len(list(columns))) for task, columns in groupby(self.columns, lambda c: c.task)]

    def starts(self) -> list[bool]:
        """Whether each column is the first of its task."""
        return [place == 0 for _, width in self.groups() for place in range(width)]

    def marked(self) -> list[bool]:
        """Whether each column has a mark, so that its other figures can leave room for one."""
        return [any(row.cells[i].mark for row in self.rows) for i in range(len(self.columns))]

    def of_task(self, task: str) -> "Block":
        """The same rows with the columns of one task only."""
        kept = [i for i, column in enumerate(self.columns) if column.task == task]
        rows = tuple(Row(r.name, tuple(r.cells[i] for i in kept), r.published) for r in self.rows)
        return Block(self.caption, tuple(self.columns[i] for i in kept), rows)


@dataclass(frozen=True)
class Table:
    """Everything a reader needs: blocks of figures, and lines on what they were measured on."""

    title: str
    blocks: tuple[Block, ...]
    notes: tuple[str, ...]
