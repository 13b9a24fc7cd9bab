"""The table of a study as Markdown."""

from stitchkit.report.blocks import Block, Cell
from stitchkit.report.table import table
from stitchkit.results import Results


def markdown(results: Results) -> str:
    """The table as a Markdown document, for example for ``table.md``; the best of a column is bold."""
    content = table(results)
    parts = [f"# {_plain(content.title)}"]
    for block in content.blocks:
        parts += ([f"**{_plain(block.caption)}**"] if block.caption else []) + [_rows(block)]
    parts.append("\n".join(f"- {_plain(note)}" for note in content.notes))
    return "\n\n".join(parts) + "\n"


def _rows(block: Block) -> str:
    headings = [f"{_plain(column.task)}: {_plain(column.heading)}" for column in block.columns]
    lines = [["Method", *headings], ["---", *("---:" for _ in headings)]]
    lines += [[_plain(row.name), *map(_cell, row.cells)] for row in block.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(cell: Cell) -> str:
    text = f"**{cell.text}**" if cell.best else cell.text
    return f"{text} {cell.mark}".rstrip()


def _plain(text: str) -> str:
    """Text that Markdown shows as it is: on one line, without markup."""
    escaped = "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in text)
    return " ".join(escaped.split())
