"""The kinds of plugins that there are skeletons of."""

from enum import StrEnum
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from stitchkit import plugins


class Kind(StrEnum):
    """A kind, by the name of its folder in ``templates``."""

    task = "task"
    dataset = "dataset"
    unit = "unit"
    backbone = "backbone"
    method = "method"

    @property
    def plural(self) -> "plugins.Kind":
        """As `stitchkit.plugins` names it, and as the group of entry points ends."""
        return cast("plugins.Kind", f"{self}s")

    @property
    def words(self) -> str:
        """As a text has it."""
        return "data set" if self is Kind.dataset else self.value
