"""Where objects may be: selective search, boxes read from files, and windows on a grid."""

from stitchkit_proposals.proposal_files import ProposalFiles, ProposalFilesConfig
from stitchkit_proposals.selective_search import SelectiveSearch, SelectiveSearchConfig
from stitchkit_proposals.windows import Windows, WindowsConfig

__all__ = [
    "ProposalFiles",
    "ProposalFilesConfig",
    "SelectiveSearch",
    "SelectiveSearchConfig",
    "Windows",
    "WindowsConfig",
]
