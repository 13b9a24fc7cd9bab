"""What the page is made of: sections, which hold groups of drawings, legends and tables to unfold."""

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Drawing:
    """A figure for the page: its heading, its alternative text and its SVG element."""

    title: str
    alt: str
    svg: Markup


@dataclass(frozen=True)
class Key:
    """A line of a legend: what a colour means.

    ``line`` is its form: ``"solid"``, ``"dashed"``, ``"dotted"`` or ``"thin"`` for a line, ``"dot"``,
    ``"ring"``, ``"tick"``, ``"box"`` or ``"faint"`` for a mark.
    """

    label: str
    colour: str
    line: str = "solid"


@dataclass(frozen=True)
class Listing:
    """A table that unfolds; the first ``names`` columns are text, all others figures."""

    summary: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    names: int = 1


@dataclass(frozen=True)
class Group:
    """Drawings side by side under one heading, or a table to unfold, or both.

    ``layout`` is ``"small"``, ``"medium"`` or ``"wide"``; a ``folded`` group shows its heading alone until
    it is unfolded.
    """

    heading: str
    drawings: tuple[Drawing, ...]
    layout: str = "small"
    legend: tuple[Key, ...] = ()
    summary: str = ""
    listing: Listing | None = None
    folded: bool = False


@dataclass(frozen=True)
class Section:
    """A part of the page; without groups, ``text`` says what is missing."""

    anchor: str
    title: str
    text: str
    groups: tuple[Group, ...] = ()
    legend: tuple[Key, ...] = ()
