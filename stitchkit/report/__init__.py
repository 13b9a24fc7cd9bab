"""Tables, figures and one self-contained HTML page, from ``results.json`` and the runs' folders."""

from stitchkit.report.blocks import Block, Cell, Column, Row, Table
from stitchkit.report.markdown import markdown
from stitchkit.report.page import write_report
from stitchkit.report.table import table
from stitchkit.report.terminal import print_table

__all__ = ["Block", "Cell", "Column", "Row", "Table", "markdown", "print_table", "table", "write_report"]
