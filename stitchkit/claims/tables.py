"""The claims on methods: the paper's Tables 5 and 6."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from stitchkit.claims.compare import better, no_gain, ranked
from stitchkit.claims.study import NYU, VOC, Figure, Missing, Study
from stitchkit.claims.verdict import Finding

NORMALS = ("mean", "median", "within_11.25", "within_22.5", "within_30")
SEGMENTATION = ("pixacc", "miu", "fwiu")

STITCHING_GAINS = {  # of cross-stitch over one-task in Table 5
    "segmentation": {"pixacc": 0.6, "miu": 0.9, "fwiu": 0.9},
    "normals": {"mean": 0.7, "median": 0.8, "within_11.25": 0.7, "within_22.5": 0.9, "within_30": 1.0},
}

Judge = Callable[[Study], Sequence[Finding]]


def all_but_pixacc(study: Study) -> list[Figure]:
    """The seven figures in which the paper's tables bear out what its text says."""
    return study.figures("normals", *NORMALS) + study.figures("segmentation", "miu", "fwiu")


def stitched_beats_one_task(kind: str, metrics: Sequence[str]) -> Judge:
    """Cross-stitch better than one-task in one task's figures; as an aside, than one-task trained longer."""

    def judge(study: Study) -> list[Finding]:
        figures = study.of_pair(NYU).figures(kind, *metrics)
        ours = study.row("cross_stitch")
        findings = better(study, ours, study.row("one_task"), figures)
        try:
            return findings + better(study, ours, study.row("one_task_longer"), figures, aside=True)
        except Missing:
            return findings

    return judge


def stitched_beats(method: str) -> Judge:
    """Cross-stitch better than another method in `all_but_pixacc`."""

    def judge(study: Study) -> list[Finding]:
        figures = all_but_pixacc(study.of_pair(NYU))
        return better(study, study.row("cross_stitch"), study.row(method), figures)

    return judge


def mtl_shared_worst_in_segmentation(study: Study) -> list[Finding]:
    """Every other method better than MTL-shared in segmentation."""
    figures = study.of_pair(NYU).figures("segmentation", *SEGMENTATION)
    others = [study.row(method) for method in ("one_task", "ensemble", "split", "cross_stitch")]
    worst = study.row("mtl_shared")
    return [finding for row in others for finding in better(study, row, worst, figures)]


def best_in_attributes(study: Study) -> list[Finding]:
    """Cross-stitch better than every other method in attributes."""
    figures = study.of_pair(VOC).figures("attributes", "map_11")
    others = [study.row(method) for method in ("ensemble", "split", "one_task", "mtl_shared")]
    return [f for row in others for f in better(study, study.row("cross_stitch"), row, figures)]


def order_in_detection(study: Study) -> list[Finding]:
    """The order of Table 6 by detection."""
    figures = study.of_pair(VOC).figures("detection", "map_11")
    best = [study.row(method) for method in ("ensemble", "cross_stitch", "one_task")]
    splits = [study.row("split", layer) for layer in ("fc7", "conv2")]
    return ranked(study, [*best, *splits, study.row("mtl_shared")], figures)


def attributes_prefer_specific(study: Study) -> list[Finding]:
    """Split conv2 better in attributes, Split fc7 in detection."""
    conv2, fc7 = (study.of_pair(VOC).row("split", layer) for layer in ("conv2", "fc7"))
    return [
        *better(study, conv2, fc7, study.figures("attributes", "map_11")),
        *better(study, fc7, conv2, study.figures("detection", "map_11")),
    ]


def one_task_saturates(study: Study) -> list[Finding]:
    """One-task trained longer no better than one-task."""
    longer, base = study.of_pair(NYU).row("one_task_longer"), study.row("one_task")
    findings = []
    for kind, margins in STITCHING_GAINS.items():
        further = {run.iterations for run in study.runs(longer, study.task(kind)).values()}
        subject = f"{kind} after {' or '.join(f'{count:,}' for count in sorted(further))} further iterations"
        for figure in study.figures(kind, *margins):
            found = no_gain(study, longer, base, figure, margins[figure.info.name])
            findings.append(replace(found, subject=subject))
    return findings
