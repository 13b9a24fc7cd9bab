"""The claims on Split architectures: the paper's Section 1.1 and Figure 2."""

from collections.abc import Sequence
from itertools import product

from stitchkit.claims.compare import better
from stitchkit.claims.study import NYU, VOC, Figure, Missing, Study
from stitchkit.claims.verdict import Finding

HEADLINES = {"segmentation": "miu", "normals": "median", "detection": "map_11", "attributes": "map_11"}
FC8 = "fc8"
HEADS = {"score", "heads", FC8}  # what backbones call the last layers: the same depth in all


def split_matters(nyu: Study, voc: Study) -> list[Finding]:
    """Each pair has a best split of its own; Split conv4 is it by mIU; a split can be worse than one-task."""
    nyu, voc = nyu.of_pair(NYU), voc.of_pair(VOC)
    conv4 = nyu.row("split", "conv4")
    others = [row for row in nyu.candidates("split") if row != conv4]
    miu = nyu.figures("segmentation", "miu")
    best = [finding for row in others for finding in better(nyu, conv4, row, miu)]
    return [_differ(nyu, voc), *best, _can_be_worse([(nyu, NYU), (voc, VOC)])]


def _headlines(study: Study, pair: Sequence[str]) -> list[Figure]:
    return [figure for kind in pair for figure in study.figures(kind, HEADLINES[kind])]


def _layers(study: Study) -> dict[str, str]:
    """Row of each split by its layer."""
    rows = study.results.rows
    layers = ((rows[row].candidate, row) for row in study.candidates("split"))
    return {FC8 if layer in HEADS else layer: row for layer, row in layers}


def _picked(study: Study) -> str:
    """Layer of the split that validation frames have picked."""
    picked = study.results.rows[study.row("split")].picked
    found = [layer for layer, row in _layers(study).items() if row == picked]
    if not found:
        raise Missing("it does not say which split it picked")
    return found[0]


def _differ(nyu: Study, voc: Study) -> Finding:
    picks = _picked(nyu), _picked(voc)
    pairs = ((nyu, NYU), (voc, VOC))
    subject = "the split picked"
    text = ", ".join(f"{pick} for {' and '.join(pair)}" for pick, (_, pair) in zip(picks, pairs, strict=True))
    if picks[0] != picks[1]:
        own = all(
            _beats(study, pair, pick, other)
            for (study, pair), pick, other in zip(pairs, picks, reversed(picks), strict=True)
        )
        doubt = "" if own else "each would have to be certainly better for its own pair"
        return Finding(subject, text, own or None, doubt)
    everywhere = all(
        _beats(study, pair, picks[0], other)
        for study, pair in pairs
        for other in _layers(study)
        if other != picks[0]
    )
    doubt = "" if everywhere else "the same for both, but not certainly better than all others"
    return Finding(subject, text, False if everywhere else None, doubt)


def _beats(study: Study, pair: Sequence[str], layer: str, other: str) -> bool:
    """Whether one split is certainly better than another in some headline figure, and worse in none."""
    layers = _layers(study)
    if other not in layers:
        raise Missing(f"it has no row 'split {other}'")
    found = {f.holds for f in better(study, layers[layer], layers[other], _headlines(study, pair))}
    return True in found and False not in found


def _can_be_worse(pairs: Sequence[tuple[Study, Sequence[str]]]) -> Finding:
    """Whether any split is certainly worse than the one-task networks; if all are better, none is."""
    found = [
        finding
        for study, pair in pairs
        for row, figure in product(study.candidates("split"), _headlines(study, pair))
        for finding in better(study, study.row("one_task"), row, [figure])
    ]
    worse = [finding for finding in found if finding.holds]
    if worse:
        count = f"better than {len(worse)} of {len(found)} splits and figures"
        return Finding(worse[0].subject, f"{worse[0].text}, as {count}", True)
    if all(finding.holds is False for finding in found):
        return Finding("every split against one-task", "better in every headline figure", False)
    doubt = "no split is certainly worse than one-task, nor are all better"
    return Finding("splits against one-task", f"{len(found)} splits and figures", None, doubt)
