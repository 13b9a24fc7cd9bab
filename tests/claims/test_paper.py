"""Every claim, borne out, contradicted and left open by studies. All figures but the paper's are invented."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from invented_studies import FIGURES, Invented, invent, splits

from stitchkit.claims import CLAIMS, Outcome, Study, hold
from stitchkit.claims.study import NYU, VOC
from stitchkit.claims.verdict import FEW_SEEDS, ONE_SEED

Studies = Callable[[Path], list[Study]]
LAYERS = ("conv2", "conv3", "conv4", "conv5", "fc6", "fc7")
ALL_INITS = (0.1, 0.5, 0.7, 0.9)
SCALES = (1, 10, 100, 1000, 10000)


def nyu(rows: Mapping[str, Any], recipe: str = "table5_nyu", **options: Any) -> Studies:
    return lambda folder: [invent(folder, rows, recipe=recipe, **options)]


def voc(rows: Mapping[str, Any], recipe: str = "table6_voc", **options: Any) -> Studies:
    return nyu(rows, recipe, pair=VOC, **options)


def both(first: Studies, second: Studies) -> Studies:
    return lambda folder: first(folder) + second(folder)


def swept(key: str, quality: Mapping[Any, Any], recipe: str, **options: Any) -> Studies:
    rows = {f"cross_stitch {key}={v}": Invented(good, {key: v}) for v, good in quality.items()}
    return nyu({"one_task": 0.0, **rows}, recipe, **options)


def scaled(quality: Mapping[int, float], diverged: tuple[int, ...], width: float = 0.1) -> Studies:
    rows = {
        f"cross_stitch {scale}": Invented(good, {"alpha_lr_scale": scale}) for scale, good in quality.items()
    }
    rows["cross_stitch 10000"] = Invented(0.0, {"alpha_lr_scale": 10000}, diverged=diverged)
    return nyu(rows, "table2_lr_scale", width=width)


def stitched_from(ended: Mapping[float, Any], recipe: str = "table4_alphas") -> Studies:
    """``ended``: init to αS − αD of every task at every tap, for each of three seeds."""

    def alphas(preferences: Any) -> dict[str, np.ndarray]:
        same = (1 + np.asarray(preferences, dtype=float)) / 2
        matrices = np.stack([[[s, 1 - s], [1 - s, s]] for s in same])
        return {tap: np.repeat(matrices[:, None], 8, axis=1) for tap in ("pool1", "pool5", "fc7")}

    rows = {
        f"cross_stitch same={init}": Invented(0.0, {"unit.same": init}, alphas=alphas(preferences))
        for init, preferences in ended.items()
    }
    return nyu(rows, recipe)


def by_class(gain: Any, pair: tuple[str, ...], recipe: str) -> Studies:
    """``gain`` [seeds, classes] of classes that are the rarer the earlier they come."""
    gain = np.asarray(gain, dtype=float)
    rows = {
        "one_task": Invented(per_class=np.full(gain.shape, 30.0)),
        "cross_stitch": Invented(per_class=30 + gain),
    }
    return nyu(rows, recipe, pair=pair, train_count=range(1, gain.shape[1] + 1))


def units(layer: Invented, channel: Invented) -> Studies:
    rows = {"cross_stitch layer": layer, "cross_stitch channel": channel}
    return voc(rows, "section6_granularity")


def granular(value: str, quality: Any = 0.0, diverged: tuple[int, ...] = ()) -> Invented:
    return Invented(quality, {"unit.granularity": value}, diverged=diverged)


def tapped(pool: float, conv: float) -> Studies:
    rows = {
        "cross_stitch pool": Invented(pool, {"taps": ["pool1", "pool2", "pool5", "fc6", "fc7"]}),
        "cross_stitch conv": Invented(
            conv, {"taps": ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7"]}
        ),
    }
    return nyu(rows, "section5_taps")


def figure2(picked: Mapping[str, str], nyu_best: float, voc_best: float, one_task: float = 0.0) -> Studies:
    """Both pairs: splits of quality 0, but the best, conv4 for NYU and fc7 for VOC."""
    qualities: dict[str, dict[str, Any]] = {
        "nyu": {layer: nyu_best if layer == "conv4" else 0.0 for layer in (*LAYERS, "score")},
        "voc": {layer: voc_best if layer == "fc7" else 0.0 for layer in (*LAYERS, "heads")},
    }
    rows = {pair: {"one_task": one_task, **splits(**quality)} for pair, quality in qualities.items()}
    return both(
        nyu(rows["nyu"], "figure2_split", picked=picked["nyu"]),
        voc(rows["voc"], "figure2_split_voc", picked=picked["voc"]),
    )


def same_best_split(folder: Path) -> list[Study]:
    """fc7 the best of all for both pairs."""
    quality = dict.fromkeys(LAYERS, 0.0) | {"fc7": 0.9}
    return [
        invent(folder, splits(**quality) | {"one_task": 0.2}, recipe="figure2_split", picked="fc7"),
        invent(
            folder, splits(**quality) | {"one_task": 0.2}, recipe="figure2_split_voc", pair=VOC, picked="fc7"
        ),
    ]


def table5(**quality: Any) -> Studies:
    rows = {
        "one_task": 0.0,
        "ensemble": 0.0,
        **splits(conv4=0.0, conv5=-0.1),
        "mtl_shared": 0.0,
        "cross_stitch": 0.0,
    }
    return nyu(rows | quality, picked="conv4")


def table6(**quality: Any) -> Studies:
    order = {"ensemble": 5, "cross_stitch": 4, "one_task": 3, "fc7": 2, "conv2": 1, "mtl_shared": 0}
    order |= quality
    candidates = splits(conv2=order.pop("conv2"), fc7=order.pop("fc7"))
    return voc({**order, **candidates}, picked="conv2")


BUT_PIXACC = {"segmentation": 0.9, "normals": 0.9, "pixacc": -1.0}
DIMMED = {"detection": 5.0, "attributes": -1.0}  # best in detection, worst in attributes
RARE_FIRST = np.linspace(4, 0, 30)
CASES: dict[str, tuple[Studies, Studies, Studies]] = {  # holds, does not hold, cannot be told
    "T5_cs_beats_onetask_sn": (
        table5(cross_stitch=0.8),
        table5(cross_stitch={"mean": -0.8, "median": 0.8}),
        table5(cross_stitch={"normals": 0.8, "within_30": 0.05}),
    ),
    "T5_cs_beats_onetask_seg": (
        table5(cross_stitch={"segmentation": 0.9, "normals": -0.9}),
        table5(cross_stitch={"segmentation": 0.9, "pixacc": -0.9}),
        table5(cross_stitch={"segmentation": 0.9, "miu": 0.02}),
    ),
    "T5_cs_beats_ensemble": (
        table5(cross_stitch=BUT_PIXACC),
        table5(cross_stitch=0.9, ensemble={"fwiu": 2.0}),
        table5(cross_stitch=0.9, ensemble=0.9),
    ),
    "T5_cs_beats_split": (
        table5(cross_stitch=BUT_PIXACC),
        table5(**splits(conv4=0.9)),
        table5(),
    ),
    "T5_mtlshared_worst_seg": (
        table5(mtl_shared={"segmentation": -1.0, "normals": 1.0}),
        table5(mtl_shared={"segmentation": -1.0, "miu": 0.5}),
        table5(),
    ),
    "T6_cs_attr": (
        table6(cross_stitch={"detection": -1.0, "attributes": 7.0}),
        table6(cross_stitch=DIMMED),
        table6(cross_stitch={"attributes": 5.0}),
    ),
    "T6_cs_det": (table6(), table6(mtl_shared=6), table6(one_task=4)),
    "T6_attr_prefers_specific": (
        table6(conv2={"detection": 0.0, "attributes": 1.0}, fc7={"detection": 1.0, "attributes": 0.0}),
        table6(conv2=0.0, fc7=1.0),
        table6(conv2=0.0, fc7=0.0),
    ),
    "T1_robust_init": (
        swept("unit.same", {0.1: 0.0, 0.5: 0.1, 0.7: 0.1, 0.9: 0.4}, "table1_alpha_init", width=0.05),
        swept("unit.same", {0.1: 0.0, 0.5: 0.1, 0.7: 0.1, 0.9: 3.0}, "table1_alpha_init"),
        swept("unit.same", dict.fromkeys(ALL_INITS, 0.0), "table1_alpha_init"),
    ),
    "T2_lr_scale": (
        scaled({1: 0.0, 10: 0.1, 100: 0.6, 1000: 0.6}, (0, 1, 2)),
        scaled({1: 0.0, 10: 0.1, 100: 0.6, 1000: 0.6}, ()),
        scaled({1: 0.0, 10: 0.1, 100: 0.6, 1000: 0.6}, (1,)),
    ),
    "T3_onetask_init": (
        swept("start", {"backbone": 0.0, "one_task": BUT_PIXACC}, "table3_network_init"),
        swept("start", {"backbone": 0.5, "one_task": 0.0}, "table3_network_init"),
        swept("start", {"backbone": 0.0, "one_task": 0.0}, "table3_network_init"),
    ),
    "F2_split_matters": (
        figure2({"nyu": "conv4", "voc": "fc7"}, 0.9, 0.9, one_task=0.5),
        same_best_split,
        figure2({"nyu": "conv4", "voc": "fc7"}, 0.9, 0.0, one_task=0.5),
    ),
    "F4_pool5_task_specific": (
        stitched_from({0.9: [0.9] * 3, 0.5: [0.3] * 3, 0.1: [0.1, 0.2, 0.1]}),
        stitched_from({0.9: [0.9] * 3, 0.5: [0.3] * 3, 0.1: [-0.7] * 3}),
        stitched_from({0.9: [0.9] * 3, 0.5: [0.3] * 3, 0.1: [0.1, -0.2, 0.1]}),
    ),
    "F4_sn_shared": (
        stitched_from({0.5: [0.1, -0.1, 0.0]}),
        stitched_from({0.5: [0.5, 0.6, 0.5]}),
        stitched_from({0.5: [0.1, 0.6, 0.0]}),
    ),
    "F4_init_bias": (
        stitched_from({0.9: [0.8] * 3, 0.5: [0.1] * 3, 0.1: [-0.6] * 3}),
        stitched_from({0.9: [0.0] * 3, 0.5: [0.1] * 3, 0.1: [-0.6] * 3}),
        stitched_from({0.9: [0.8, 0.0, 0.8], 0.5: [0.1] * 3, 0.1: [-0.6] * 3}),
    ),
    "F5_data_starved_attr": (
        by_class([RARE_FIRST] * 3, VOC, "figure5_attributes"),
        by_class([RARE_FIRST[::-1]] * 3, VOC, "figure5_attributes"),
        by_class([RARE_FIRST, RARE_FIRST, RARE_FIRST[::-1]], VOC, "figure5_attributes"),
    ),
    "F6_data_starved_seg": (
        by_class([[2, 1, 0]] * 3, NYU, "figure6_segmentation"),
        by_class([[0, 1, 2]] * 3, NYU, "figure6_segmentation"),
        by_class([[2, 1, 0], [2, 1, 0], [0, 1, 2]], NYU, "figure6_segmentation"),
    ),
    "S5_pool_beats_conv": (tapped(0.5, 0.0), tapped(0.0, 0.5), tapped(0.0, 0.0)),
    "S6_scalar_for_det": (
        units(granular("layer"), granular("channel", diverged=(1,))),
        units(granular("layer", diverged=(0, 1, 2)), granular("channel")),
        units(granular("layer"), granular("channel")),
    ),
    "S5_onetask_saturates": (
        nyu({"one_task": 0.0, "one_task_longer": 0.0}),
        nyu({"one_task": 0.0, "one_task_longer": {"miu": 0.4}}),
        nyu({"one_task": 0.0, "one_task_longer": 0.55}, width=0.6),
    ),
}
ORDER = (Outcome.HOLDS, Outcome.DOES_NOT_HOLD, Outcome.CANNOT_TELL)


def test_there_are_twenty_claims_and_each_is_tried():
    assert len(CLAIMS) == len({claim.name for claim in CLAIMS}) == 20
    assert set(CASES) == {claim.name for claim in CLAIMS}


@pytest.mark.parametrize("outcome", ORDER)
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_a_claim_comes_out_each_way(claim, outcome, tmp_path):
    studies = CASES[claim.name][ORDER.index(outcome)](tmp_path)
    judged = hold(claim, studies, "default")
    assert judged.verdict.outcome is outcome, judged.verdict.why
    assert tuple(study.results.recipe for study in judged.studies) == claim.recipes
    assert judged.verdict.why
    assert judged.commands == ()


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("T1_robust_init", 6 * 2 + 2 + 2 + 1),  # pairs of inits by two figures; 0.9 against three others
        ("T2_lr_scale", 2 * 2 * 7 + 1),  # good by bad scales by figures, and one scale beyond
        ("T3_onetask_init", 7),
        ("F2_split_matters", 1 + 6 + 1),
        ("F4_pool5_task_specific", 3 * 2),
        ("F4_sn_shared", 3),
        ("F4_init_bias", 3 * 2 * 2),
        ("F5_data_starved_attr", 2),
        ("F6_data_starved_seg", 1),
        ("S5_pool_beats_conv", 8),
        ("S6_scalar_for_det", 2),
        ("S5_onetask_saturates", 8),
    ],
)
def test_a_claim_compares_all_that_it_is_about(name, count, tmp_path):
    (claim,) = [claim for claim in CLAIMS if claim.name == name]
    assert len(hold(claim, CASES[name][0](tmp_path), "default").verdict.findings) == count


def test_a_diverging_rate_saves_no_claim_on_rates_that_do_not_help(tmp_path):
    (claim,) = [claim for claim in CLAIMS if claim.name == "T2_lr_scale"]
    studies = scaled({1: 0.6, 10: 0.0, 100: 0.3, 1000: 0.3}, (0, 1, 2))(tmp_path)
    assert hold(claim, studies, "default").verdict.outcome is Outcome.DOES_NOT_HOLD


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
@pytest.mark.parametrize("place", [0, 1])
def test_one_seed_never_settles_a_claim(claim, place, tmp_path):
    """Cut to the first seed, what held or did not hold cannot be told, and the command asks for three."""
    studies = [only_first_seed(study) for study in CASES[claim.name][place](tmp_path)]
    judged = hold(claim, studies, "default")
    assert judged.verdict.outcome is Outcome.CANNOT_TELL, judged.verdict.why
    assert {f.doubt for f in judged.verdict.findings if not f.aside} & {ONE_SEED, FEW_SEEDS}
    recipe = claim.recipes[0]
    assert judged.commands[0] == f"stitchkit run recipes/paper/{recipe}.yaml 'seeds=[0,1,2]'"


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_without_a_study_the_command_is_named(claim):
    judged = hold(claim, [], "small")
    assert judged.verdict.outcome is Outcome.CANNOT_TELL
    assert judged.verdict.why == f"there is no study of {' and '.join(claim.recipes)}"
    assert judged.commands == tuple(
        f"stitchkit run recipes/paper/{recipe}.yaml --profile small" for recipe in claim.recipes
    )


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_swapping_the_seeds_changes_no_verdict(claim, tmp_path):
    for build, outcome in zip(CASES[claim.name], ORDER, strict=True):
        studies = [with_seeds_reversed(study) for study in build(tmp_path)]
        assert hold(claim, studies, "default").verdict.outcome is outcome


def only_first_seed(study: Study) -> Study:
    results = study.results
    return Study(
        results.model_copy(
            update={
                "seeds": [0],
                "runs": [run for run in results.runs if run.seed == 0],
                "differences": [d.model_copy(update={"seeds": d.seeds[:1]}) for d in results.differences],
                "rows": {
                    name: row.model_copy(update={"diverged": [s for s in row.diverged if s == 0]})
                    for name, row in results.rows.items()
                },
            }
        ),
        study.folder,
    )


def with_seeds_reversed(study: Study) -> Study:
    results = study.results
    turned = [d.model_copy(update={"seeds": d.seeds[::-1]}) for d in results.differences]
    return Study(results.model_copy(update={"runs": results.runs[::-1], "differences": turned}), study.folder)


# Of Misra et al., CVPR 2016, Tables 5 and 6; the order is that of FIGURES, normals after segmentation.
TABLE_5 = {
    "one_task": (46.6, 18.4, 33.1, 34.8, 19.0, 38.3, 53.5, 59.2),
    "ensemble": (48.2, 18.9, 33.8, 34.4, 18.5, 38.7, 54.2, 59.7),
    "split conv4": (47.8, 19.2, 33.8, 34.7, 19.1, 38.2, 53.4, 59.2),
    "mtl_shared": (45.9, 16.6, 30.1, 34.7, 18.9, 37.7, 53.5, 58.8),
    "cross_stitch": (47.2, 19.3, 34.0, 34.1, 18.2, 39.0, 54.4, 60.2),
}
TABLE_6 = {
    "one_task": (44.9, 60.9),
    "ensemble": (46.1, 61.1),
    "split conv2": (44.6, 61.0),
    "split fc7": (44.8, 59.7),
    "mtl_shared": (42.7, 54.1),
    "cross_stitch": (45.2, 63.0),
}


def published(table: Mapping[str, tuple[float, ...]], pair: tuple[str, ...]) -> dict[str, Invented]:
    columns = [(task, *figure) for task in pair for figure in FIGURES[task]]
    rows = {}
    for row, values in table.items():
        quality = {}
        for (task, metric, _, _, up), value in zip(columns, values, strict=True):
            quality[task if pair == VOC else metric] = value if up else -value
        rows[row] = Invented(quality, candidate=row.removeprefix("split ") if "split " in row else "")
    return rows


@pytest.mark.parametrize(
    ("name", "bears_out"),
    [
        ("T5_cs_beats_onetask_sn", 5),
        ("T5_cs_beats_onetask_seg", 3),
        ("T5_cs_beats_ensemble", 7),
        ("T5_cs_beats_split", 7),
        ("T5_mtlshared_worst_seg", 12),
        ("T6_cs_attr", 4),
        ("T6_cs_det", 15),
        ("T6_attr_prefers_specific", 2),
    ],
)
def test_the_papers_own_figures_settle_nothing_but_all_point_the_right_way(name, bears_out, tmp_path):
    """One run without error bars is no evidence; with invented intervals and seeds around it, it would be."""
    (claim,) = [claim for claim in CLAIMS if claim.name == name]
    nyu = invent(tmp_path, published(TABLE_5, NYU), picked="conv4", seeds=[0], offsets=[0.0], width=None)
    nyu_wide = invent(tmp_path, published(TABLE_5, NYU), picked="conv4", offsets=[0, 0, 0], width=1e-6)
    options: dict[str, Any] = {"recipe": "table6_voc", "pair": VOC, "picked": "conv2"}
    voc = invent(tmp_path, published(TABLE_6, VOC), seeds=[0], offsets=[0.0], width=None, **options)
    voc_wide = invent(tmp_path, published(TABLE_6, VOC), offsets=[0, 0, 0], width=1e-6, **options)
    judged = hold(claim, [nyu, voc], "default")
    assert judged.verdict.outcome is Outcome.CANNOT_TELL
    assert {finding.doubt for finding in judged.verdict.findings} == {ONE_SEED}
    assert "seeds=[0,1,2]" in judged.commands[0]
    assert "evaluation.resamples=1000" in judged.commands[0]
    sure = hold(claim, [nyu_wide, voc_wide], "default")
    assert sure.verdict.outcome is Outcome.HOLDS
    assert [finding.holds for finding in sure.verdict.findings] == [True] * bears_out
