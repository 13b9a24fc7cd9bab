"""The paper's claims, held against results: which hold, which do not, which cannot be told."""

from stitchkit.claims.folder import read_study, studies_in
from stitchkit.claims.hold import Judged, hold
from stitchkit.claims.paper import CLAIMS, Claim
from stitchkit.claims.study import Study
from stitchkit.claims.terminal import print_claims
from stitchkit.claims.verdict import Finding, Outcome, Verdict, verdict
from stitchkit.claims.wording import as_object, caveats, listing

__all__ = [
    "CLAIMS",
    "Claim",
    "Finding",
    "Judged",
    "Outcome",
    "Study",
    "Verdict",
    "as_object",
    "caveats",
    "hold",
    "listing",
    "print_claims",
    "read_study",
    "studies_in",
    "verdict",
]
