"""The lines beneath a table: what its figures were measured on, and how to read them."""

from stitchkit.report.blocks import BETTER, WORSE
from stitchkit.report.cost import cost_notes
from stitchkit.report.rows import counterpart, method_label, methods_of, ordered
from stitchkit.report.wording import listed
from stitchkit.results import Results


def notes(results: Results) -> tuple[str, ...]:
    """Data, seeds, marks, cost, iterations, published figures, recipe and machine."""
    data, several = results.data, len(results.seeds) > 1
    held_out = f", {data.validation_frames} validation frames" if data.validation_frames else ""
    overrides = f", with {' '.join(results.overrides)}" if results.overrides else ""
    lines = [
        f"Data: {data.name} (fingerprint {data.fingerprint[:12]}), {data.train_frames} training frames"
        f"{held_out} and {data.test_frames} test frames. {data.limits}".strip(),
        *(f"Ground truth of {task}: {info.source}" for task, info in results.tasks.items() if info.source),
        f"Seeds: {listed(map(str, results.seeds))}; mean ± sample standard deviation over them."
        if several
        else f"Seed: {listed(map(str, results.seeds))}; a single seed does not show how much figures vary.",
        "Emphasised (bold or *): the best mean of the trained methods in a column; no claim of significance.",
        *_marks(results),
        *_diverged(results),
        *cost_notes(results),
        *filter(None, [_stages(results), _unpublished(results)]),
        f"Recipe: {results.recipe}, profile {results.profile}{overrides}.",
        *([f"Machine: {results.machine}"] if results.machine else []),
    ]
    return tuple(lines)


def _marks(results: Results) -> list[str]:
    """What the marks mean, or why there are none."""
    if all(counterpart(results, name) in (None, name) for name in ordered(results)):
        return []
    known = {found.task for found in results.differences if found.low is not None}
    without = [task for task in results.tasks if task not in known]
    lines = []
    if known:
        lines.append(
            f"{BETTER} better, {WORSE} worse than one-task: the 95 % interval of the difference excludes "
            f"zero (paired bootstrap over test images, {results.resamples:,} resamples, each figure for "
            "itself). It says nothing of other seeds. No mark: the difference cannot be told from chance."
        )
    if without:
        why = "the study asked for no resamples" if not results.resamples else "nothing was kept by image"
        lines.append(f"No intervals, and so no marks, for {listed(without)}: {why}.")
    return lines


def _diverged(results: Results) -> list[str]:
    some = [row for row in map(results.rows.get, ordered(results)) if row and row.diverged]
    if not some:
        return []
    each = (
        f"{row.label}, seed{'s' * (len(row.diverged) > 1)} {listed(map(str, row.diverged))}" for row in some
    )
    return [
        f"Diverged: {'; '.join(each)}. The figures of such a row are means over its other seeds, and never "
        "emphasised."
    ]


def _unpublished(results: Results) -> str:
    published = results.published
    if published is None or not published.reason:
        return ""
    return f"Published figures ({published.source}) are not shown: {published.reason}"


def _stages(results: Results) -> str:
    """How long each method's last stage trained; a gain is worth little if it trained longer than another."""
    stages: dict[str, dict[str, None]] = {}
    for run in results.runs:
        if run.iterations:
            words = f"{run.iterations:,} ({' + '.join(run.task_order)})"
            stages.setdefault(results.rows[run.row].method, {})[words] = None
    order = methods_of(results, ordered(results))
    trained = [
        f"{method_label(results, method)} {listed(stages[method])}" for method in order if method in stages
    ]
    if not trained:
        return ""
    control = (
        " One-task trained longer goes on from the one-task networks: what training time alone gives."
        if any(results.rows[run.row].type == "one_task_longer" for run in results.runs)
        else ""
    )
    return f"Iterations of each stage: {'; '.join(trained)}.{control}"
