"""The claims on learned alphas: the paper's Table 4 (Figure 4 shows where the units stand)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from stitchkit.claims.compare import seeds_alone
from stitchkit.claims.study import NYU, Missing, Study
from stitchkit.claims.verdict import Finding
from stitchkit.errors import InputError
from stitchkit.results import RunRecord

INITS = (0.9, 0.5, 0.1)  # same-task alpha
TAPS = ("pool1", "pool5", "fc7")
SIMILAR = 0.2  # a tenth of the axis of the paper's plots


def preference(study: Study, init: float, tap: str, task: str) -> dict[int, float]:
    """Same-task minus different-task alpha, the mean over channels, by seed.

    Above zero where a task prefers its own features; 2 ``init`` - 1 before training.

    Raises:
        Missing: No run left its alphas.
        InputError: A file of alphas cannot be read.
    """
    row = study.point("unit.same", init)
    found = {}
    for seed, run in study.runs(row, task).items():
        alphas = _alphas(study, run)
        if tap not in alphas:
            raise Missing(f"the alphas of {row!r} have no tap {tap}")
        to = run.task_order.index(task)
        same, different = alphas[tap].mean(axis=0)[to, [to, 1 - to]]
        found[seed] = float(same - different)
    if not found:
        raise Missing(f"{row!r} left no alphas")
    return found


def pool5_is_task_specific(study: Study) -> list[Finding]:
    """At pool5 both tasks prefer their own features, from all three inits."""
    return [
        seeds_alone(f"init {init}", f"{task} αS − αD", preference(study, init, "pool5", task), _positive)
        for init in INITS
        for task in _tasks(study)
    ]


def normals_share(study: Study) -> list[Finding]:
    """From (0.5, 0.5), the normals' alphas stay within `SIMILAR` of each other at every tap of Table 4."""
    task = study.of_pair(NYU).task("normals")
    return [
        seeds_alone("init 0.5", f"αS − αD at {tap}", preference(study, 0.5, tap, task), _similar)
        for tap in TAPS
    ]


def init_lasts(study: Study) -> list[Finding]:
    """The larger αS began, the more a task prefers its own features in the end, at every tap of Table 4."""
    findings = []
    for task in _tasks(study):
        for tap in TAPS:
            ended = {init: preference(study, init, tap, task) for init in INITS}
            for larger, smaller in pairwise(INITS):
                after, less = ended[larger], ended[smaller]
                change = {seed: after[seed] - less[seed] for seed in after if seed in less}
                subject = f"αS − αD from init {larger} less that from {smaller}"
                findings.append(seeds_alone(subject, f"{task} at {tap}", change, _positive))
    return findings


def _tasks(study: Study) -> Sequence[str]:
    return [study.of_pair(NYU).task(kind) for kind in NYU]


def _positive(value: float) -> bool:
    return value > 0


def _similar(value: float) -> bool:
    return abs(value) <= SIMILAR


def _alphas(study: Study, run: RunRecord) -> dict[str, np.ndarray]:
    """Tap to alpha [C or 1, N, N] as [channel, to, from]."""
    path, tasks = study.folder / run.folder / "alphas.safetensors", len(run.task_order)
    if not path.is_file():
        raise Missing(f"the run {run.folder.name} left no alphas")
    try:
        alphas = load_file(path)
    except SafetensorError as error:
        raise InputError(f"{path} cannot be read ({error}); run the recipe again") from None
    shapes = [alpha.shape for alpha in alphas.values()]
    if any(len(shape) != 3 or shape[0] == 0 or shape[1:] != (tasks, tasks) for shape in shapes):
        raise InputError(f"{path} does not hold alphas of {tasks} tasks; run the recipe again")
    return alphas
