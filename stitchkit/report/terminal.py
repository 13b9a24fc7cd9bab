"""The table of a study in a terminal, and as plain aligned text in a file or a pipe."""

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.segment import Segments
from rich.table import Table as Grid
from rich.text import Text

from stitchkit.report.blocks import Block, Cell, Row
from stitchkit.report.table import table
from stitchkit.results import Results

_ANY_WIDTH = 10_000


def print_table(results: Results, console: Console) -> None:
    """Print the table of a study.

    A terminal too narrow for a block shows one task below the other. Elsewhere, in a file or a pipe, lines
    are as long as they need to be and carry no colours.
    """
    content = table(results)
    _print_text(console, content.title, "bold")
    for block in content.blocks:
        console.print()
        if block.caption:
            _print_text(console, block.caption, "italic")
        tasks = [task for task, _ in block.groups()]
        narrow = console.is_terminal and _widths(console, block).maximum > console.width
        for part in [block.of_task(task) for task in tasks] if narrow else [block]:
            _print_block(console, part)
    console.print()
    for note in content.notes:
        _print_text(console, note, "dim")


def _print_text(console: Console, text: str, style: str) -> None:
    console.print(Text(_encodable(console, text), style), soft_wrap=not console.is_terminal)


def _print_block(console: Console, block: Block) -> None:
    widths = _widths(console, block)
    available = console.width if console.is_terminal else _ANY_WIDTH
    options = console.options.update(width=max(widths.minimum, min(widths.maximum, available)))
    console.print(Segments(console.render(_grid(console, block), options)), crop=False, soft_wrap=True)


def _widths(console: Console, block: Block) -> Measurement:
    """Widths at which all figures are whole: with the names of the rows folded, and on one line."""
    return console.measure(_grid(console, block), options=console.options.update(width=_ANY_WIDTH))


def _grid(console: Console, block: Block) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    grid.add_column(Text("\nMethod"))
    for i, (column, first) in enumerate(zip(block.columns, block.starts(), strict=True)):
        heading = Text(_encodable(console, f"{column.task if first else ''}\n{column.heading}"))
        figures = [_figure(console, row, row.cells[i]) for row in block.rows]
        width = max(line.cell_len for line in [*heading.split(), *figures])
        grid.add_column(heading, justify="right", no_wrap=True, min_width=width)
    for row in block.rows:
        grid.add_row(
            Text(_encodable(console, row.name)), *(_figure(console, row, cell) for cell in row.cells)
        )
    return grid


def _figure(console: Console, row: Row, cell: Cell) -> Text:
    style = "bold" if cell.best else "dim" if row.published else ""
    mark = f"{cell.mark} " if cell.mark else ""  # before the figure: figures end one below the other
    return Text(_encodable(console, mark + ("*" if cell.best else "") + cell.text), style)


def _encodable(console: Console, text: str) -> str:
    """The text with ``?`` for what the stream's encoding lacks, as arrows in old code pages."""
    return text.encode(console.encoding, "replace").decode(console.encoding)
