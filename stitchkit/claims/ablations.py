"""The claims on how units are made and trained: the paper's Tables 1 to 3, and Sections 5 and 6."""

from collections.abc import Sequence
from itertools import combinations

from stitchkit.claims.compare import SEEDS, better, within
from stitchkit.claims.study import NYU, VOC, Figure, Missing, Study
from stitchkit.claims.tables import NORMALS, SEGMENTATION, all_but_pixacc
from stitchkit.claims.verdict import DIVERGED, ONE_SEED, Finding

INITS = (0.1, 0.5, 0.7, 0.9)  # same-task alpha
RANGES = {"mean": 0.6, "miu": 0.7}  # of Table 1 over these inits
SCALES = ((100, 1000), (1, 10))  # the better, the worse


def robust_to_init(study: Study) -> list[Finding]:
    """Small ranges over the four inits, and 0.9 the best of them.

    The paper's mean errors at 0.7 and 0.9 are equal, so these two are compared by mIU alone.
    """
    rows = {init: study.of_pair(NYU).point("unit.same", init) for init in INITS}
    (mean,), (miu,) = study.figures("normals", "mean"), study.figures("segmentation", "miu")
    ranges = [
        within(study, rows[high], rows[low], figure, RANGES[figure.info.name])
        for low, high in combinations(INITS, 2)
        for figure in (mean, miu)
    ]
    others: dict[float, Sequence[Figure]] = {0.1: (mean, miu), 0.5: (mean, miu), 0.7: (miu,)}
    best = [f for init, figures in others.items() for f in better(study, rows[0.9], rows[init], figures)]
    return ranges + best


def large_rate_of_alpha(study: Study) -> list[Finding]:
    """100 and 1000 better than 1 and 10 in `all_but_pixacc`; above 1000 training diverges."""
    figures = all_but_pixacc(study.of_pair(NYU))
    rows = {scale: study.point("alpha_lr_scale", scale) for scales in SCALES for scale in scales}
    beyond = [row for scale, row in study.points("alpha_lr_scale") if scale > max(rows)]
    if not beyond:
        raise Missing(f"it has no rows with methods.cross_stitch.alpha_lr_scale above {max(rows)}")
    good, bad = SCALES
    compared = [f for a in good for b in bad for f in better(study, rows[a], rows[b], figures)]
    return compared + [diverges(study, row) for row in beyond]


def diverges(study: Study, row: str) -> Finding:
    """Whether training diverges in every seed, or in none."""
    count, seeds = len(study.diverged(row)), len(study.results.seeds)
    text = _times_diverged(study, row)
    if seeds < SEEDS:
        return Finding(study.label(row), text, None, ONE_SEED)
    if 0 < count < seeds:
        return Finding(study.label(row), text, None, DIVERGED)
    return Finding(study.label(row), text, count == seeds)


def one_task_start(study: Study) -> list[Finding]:
    """One-task networks a better start than the backbone's weights, in `all_but_pixacc`."""
    figures = all_but_pixacc(study.of_pair(NYU))
    ours, theirs = study.point("start", "one_task"), study.point("start", "backbone")
    return better(study, ours, theirs, figures)


def pooling_taps(study: Study) -> list[Finding]:
    """Units after pooling better than units after convolutions, in all eight figures."""
    figures = study.of_pair(NYU).figures("normals", *NORMALS) + study.figures("segmentation", *SEGMENTATION)
    return better(study, _tapped(study, "pool", "conv"), _tapped(study, "conv", "pool"), figures)


def _tapped(study: Study, kind: str, other: str) -> str:
    """The row whose taps are of one kind and not of the other; raises `Missing` unless there is one."""
    rows = [row for taps, row in study.points("taps") if kind in str(taps) and other not in str(taps)]
    if len(rows) != 1:
        count = len(rows) or "no"
        raise Missing(f"it has {count} rows with methods.cross_stitch.taps at {kind} and not {other}")
    return rows[0]


def layer_units_are_stable(study: Study) -> list[Finding]:
    """No seed diverges with one unit a layer; with one a channel some does, or the figures are worse."""
    layer = study.of_pair(VOC).point("unit.granularity", "layer")
    channel = study.point("unit.granularity", "channel")
    figures = [*study.figures("detection", "map_11"), *study.figures("attributes", "map_11")]
    counts = {row: _times_diverged(study, row) for row in (layer, channel)}
    if len(study.results.seeds) < SEEDS:
        return [Finding(study.label(row), text, None, ONE_SEED) for row, text in counts.items()]
    stable = Finding(study.label(layer), counts[layer], not study.diverged(layer))
    if study.diverged(channel):
        return [stable, Finding(study.label(channel), counts[channel], True)]
    return [stable, _any_and_none_against(better(study, layer, channel, figures), counts[channel])]


def _times_diverged(study: Study, row: str) -> str:
    return f"training diverged in {len(study.diverged(row))} of {len(study.results.seeds)} seeds"


def _any_and_none_against(found: Sequence[Finding], text: str) -> Finding:
    """Whether any of some findings holds and none is contradicted, or the reverse."""
    text = f"{', '.join(finding.text for finding in found)}; with the latter {text}"
    known = {finding.holds for finding in found} - {None}
    if len(known) == 1:
        return Finding(found[0].subject, text, known.pop())
    doubt = "better in one figure, worse in another" if known else "no difference is certain"
    return Finding(found[0].subject, text, None, doubt)
