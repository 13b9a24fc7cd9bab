"""What each row gains over one-task in all, and what it costs: the last block of the table."""

from collections.abc import Sequence

from stitchkit.report.blocks import DIVERGED, Block, Cell, Column, Row
from stitchkit.report.rows import headline, ordered, row_label, trained
from stitchkit.report.wording import MISSING, duration, listed, number
from stitchkit.results import Cost, Results, Summary

_CAPTION = "Mean gain over one-task, and cost"


def cost(results: Results) -> Block | None:
    """The block; columns of which nothing is known are left out, and so is a block without columns."""
    names = ordered(results)
    spent = {
        name: [getattr(results.rows[row].cost, name, None) for row in names] for name in Cost.model_fields
    }
    columns = [(Column("all tasks", "delta_m", "Δm", "(%) ↑"), _gains(results))]
    for name, label, (unit, texts) in (
        ("parameters", "Parameters", _scaled(spent["parameters"], ("", "k", "M"))),
        ("flops", "FLOPs", _scaled(spent["flops"], ("", "k", "M", "G", "T"))),
        ("seconds", "Training", ("(h:m:s)", list(map(_time, spent["seconds"])))),
        ("memory", "Memory", _scaled(spent["memory"], ("B", "kB", "MB", "GB", "TB"))),
    ):
        columns.append((Column("cost", name, label, unit), list(map(Cell, texts))))
    known = [(column, cells) for column, cells in columns if any(cell.text != MISSING for cell in cells)]
    if not known:
        return None
    by_row = zip(*(cells for _, cells in known), strict=True)
    return Block(
        _CAPTION,
        tuple(column for column, _ in known),
        tuple(Row(row_label(results, row), cells) for row, cells in zip(names, by_row, strict=True)),
    )


def cost_notes(results: Results) -> list[str]:
    """What the columns of the block count."""
    block = cost(results)
    known = {column.metric for column in block.columns} if block else set()
    headlines = [f"{task} {m.label}" for task in results.tasks if (m := headline(results, task))]
    gain = (
        "Δm: mean over the tasks of the relative gain over one-task in the headline figure "
        f"({listed(headlines)}; Maninis et al., CVPR 2019)."
    )
    counted = {
        "parameters": "Parameters are those of all networks that predict",
        "flops": "FLOPs are the floating-point operations of one test image through them, in matrix products "
        "and convolutions, two to a multiply-add",
        "seconds": "Training counts the networks a row begins from, too, and is a mean over the seeds",
        "memory": "Memory is what a training step holds for parameters, gradients, optimiser and "
        "activations, the most of a row's runs",
    }
    spent = [words for name, words in counted.items() if name in known]
    return ([gain] if "delta_m" in known else []) + ([f"{'. '.join(spent)}."] if spent else [])


def _gains(results: Results) -> list[Cell]:
    means = {name: _mean(results.rows[name].delta_m) for name in ordered(results)}
    candidates = [means[name] for name in trained(results) if not results.rows[name].diverged]
    compared = [number(m, "%") for m in sorted(m for m in candidates if m is not None)]
    cells = []
    for name, mean in means.items():
        row, summary = results.rows[name], results.rows[name].delta_m
        if mean is None or summary is None:
            cells.append(Cell(DIVERGED if row.diverged else MISSING))
            continue
        spread = "" if summary.std is None else f" ± {number(summary.std, '%')}"
        best = len(compared) > 1 and number(mean, "%") == compared[-1] and not row.diverged
        cells.append(Cell(number(mean, "%", sign=True) + spread, best))
    return cells


def _mean(summary: Summary | None) -> float | None:
    return None if summary is None else summary.mean


def _time(seconds: float | None) -> str:
    return MISSING if seconds is None else duration(seconds)


def _scaled(values: Sequence[float | None], prefixes: Sequence[str]) -> tuple[str, list[str]]:
    """The unit in which the largest value has up to three digits before the point, and values in it."""
    top = max((value for value in values if value is not None), default=0)
    power = min(len(prefixes) - 1, max(0, (len(str(int(top))) - 1) // 3))
    decimals = 2 if power else 0
    texts = [MISSING if v is None else f"{v / 1000**power:,.{decimals}f}" for v in values]
    return f"({prefixes[power]})" if prefixes[power] else "", texts
