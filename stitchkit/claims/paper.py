"""The paper's twenty testable claims: where they stand, what they say, and how each is judged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stitchkit.claims import ablations, alphas, data_starved, splits, tables
from stitchkit.claims.verdict import Finding


@dataclass(frozen=True)
class Claim:
    """One claim of Misra et al., CVPR 2016.

    Attributes:
        name: Short and unique.
        where: Place in the paper.
        statement: What is claimed.
        recipes: Stems of the recipes in recipes/paper/ that answer it.
        criterion: What it takes to hold.
        judge: The findings of as many studies as there are recipes; raises `stitchkit.claims.study.Missing`.
        paper: The figures that the paper gives for it, from one run each; empty where it gives none.
    """

    name: str
    where: str
    statement: str
    recipes: tuple[str, ...]
    criterion: str
    judge: Callable[..., Sequence[Finding]]
    paper: str = ""


CLAIMS = (
    Claim(
        name="T5_cs_beats_onetask_sn",
        where="Section 6.2, Table 5",
        statement="Cross-stitch networks predict surface normals better than a one-task network.",
        paper="mean −0.7°, median −0.8°; within 11.25°, 22.5° and 30° +0.7, +0.9 and +1.0",
        recipes=("table5_nyu",),
        criterion="Cross-stitch is better than one-task in all five figures of normals.",
        judge=tables.stitched_beats_one_task("normals", tables.NORMALS),
    ),
    Claim(
        name="T5_cs_beats_onetask_seg",
        where="Section 6.2, Table 5",
        statement="Cross-stitch networks segment better than a one-task network.",
        paper="pixacc +0.6, mIU +0.9, fwIU +0.9",
        recipes=("table5_nyu",),
        criterion="Cross-stitch is better than one-task in pixacc, mIU and fwIU.",
        judge=tables.stitched_beats_one_task("segmentation", tables.SEGMENTATION),
    ),
    Claim(
        name="T5_cs_beats_ensemble",
        where="Section 6.2, Table 5",
        statement=(
            "Cross-stitch networks are better than an ensemble of twice as many parameters, but in pixel "
            "accuracy (where the paper's table contradicts its text)."
        ),
        paper="mean −0.3°, median −0.3°; within +0.3, +0.2 and +0.5; mIU +0.4, fwIU +0.2; but pixacc −1.0",
        recipes=("table5_nyu",),
        criterion="Cross-stitch is better than the ensemble in the five figures of normals, mIU and fwIU.",
        judge=tables.stitched_beats("ensemble"),
    ),
    Claim(
        name="T5_cs_beats_split",
        where="Section 6.2, Table 5",
        statement=(
            "Cross-stitch networks are better than the best Split architecture found by brute force, but in "
            "pixel accuracy (where the paper's table contradicts its text)."
        ),
        paper="mean −0.6°, median −0.9°; within +0.8, +1.0 and +1.0; mIU +0.1, fwIU +0.2; but pixacc −0.6",
        recipes=("table5_nyu",),
        criterion=(
            "Cross-stitch is better than the split picked on validation frames in the five figures of "
            "normals, mIU and fwIU."
        ),
        judge=tables.stitched_beats("split"),
    ),
    Claim(
        name="T5_mtlshared_worst_seg",
        where="Section 6.2, Table 5",
        statement="MTL-shared is the worst method at segmentation.",
        paper="pixacc 45.9, mIU 16.6, fwIU 30.1; next worst 46.6, 18.4 and 33.1",
        recipes=("table5_nyu",),
        criterion=(
            "One-task, ensemble, split and cross-stitch are each better than MTL-shared in pixacc, mIU and "
            "fwIU."
        ),
        judge=tables.mtl_shared_worst_in_segmentation,
    ),
    Claim(
        name="T6_cs_attr",
        where="Section 6.4, Table 6",
        statement="Cross-stitch networks are the best method at predicting attributes.",
        paper="mAP 63.0; ensemble 61.1, Split conv2 61.0, one-task 60.9, MTL-shared 54.1",
        recipes=("table6_voc",),
        criterion=(
            "Cross-stitch is better than ensemble, split (as picked on validation frames), one-task and "
            "MTL-shared in attribute mAP."
        ),
        judge=tables.best_in_attributes,
    ),
    Claim(
        name="T6_cs_det",
        where="Section 6.4, Table 6",
        statement=(
            "In detection the ensemble is best, then come cross-stitch, one-task, Split fc7, Split conv2 and"
            " MTL-shared."
        ),
        paper="mAP 46.1, 45.2, 44.9, 44.8, 44.6 and 42.7",
        recipes=("table6_voc",),
        criterion="Each of the six is better in detection mAP than all that follow it: fifteen comparisons.",
        judge=tables.order_in_detection,
    ),
    Claim(
        name="T6_attr_prefers_specific",
        where="Section 6.4, Table 6",
        statement="Attributes prefer a task-specific network, detection a shared representation.",
        paper="attributes: Split conv2 61.0, Split fc7 59.7; detection: 44.6 and 44.8",
        recipes=("table6_voc",),
        criterion="Split conv2 is better than Split fc7 in attribute mAP, and worse in detection mAP.",
        judge=tables.attributes_prefer_specific,
    ),
    Claim(
        name="T1_robust_init",
        where="Section 5.1, Table 1",
        statement=(
            "Cross-stitch networks are robust to the first values of alpha, and do best from (0.9, 0.1)."
        ),
        paper=(
            "ranges over four inits: mean error 0.6°, mIU 0.7; at (0.9, 0.1) 34.0° and 18.9, at (0.1, 0.9) "
            "34.6° and 18.2"
        ),
        recipes=("table1_alpha_init",),
        criterion=(
            "Every two of the inits differ by at most 0.6° of mean error and 0.7 of mIU, interval and seeds "
            "included; and same-task 0.9 is better than 0.1 and 0.5 in both and than 0.7 in mIU (the paper's"
            " mean errors at 0.7 and 0.9 are equal)."
        ),
        judge=ablations.robust_to_init,
    ),
    Claim(
        name="T2_lr_scale",
        where="Section 5.2, Table 2",
        statement="Alpha learns best at 100 to 1000 times the base learning rate; above, training diverges.",
        paper="at 1, 10, 100, 1000: mean error 34.6, 34.5, 34.0, 34.1°; mIU 18.6, 18.7, 18.9, 19.3",
        recipes=("table2_lr_scale",),
        criterion=(
            "Scales of 100 and 1000 are each better than 1 and 10 in the five figures of normals, mIU and "
            "fwIU; and whatever is swept above 1000 diverges in every seed."
        ),
        judge=ablations.large_rate_of_alpha,
    ),
    Claim(
        name="T3_onetask_init",
        where="Section 5.3, Table 3",
        statement=(
            "Starting from one-task networks is better than starting from ImageNet weights, but in pixel "
            "accuracy (where the paper's table contradicts its text)."
        ),
        paper="mean −0.5°, median −0.6°; within +0.4, +0.7 and +0.8; mIU +1.6, fwIU +0.6; but pixacc −0.8",
        recipes=("table3_network_init",),
        criterion=(
            "Starting from one-task networks is better than starting from what the profile's backbone begins "
            "with (in the paper's profile, ImageNet weights) in the five figures of normals, mIU and fwIU."
        ),
        judge=ablations.one_task_start,
    ),
    Claim(
        name="F2_split_matters",
        where="Section 1.1, Figure 2",
        statement=(
            "Which Split architecture is best depends on the pair of tasks; for segmentation and normals it "
            "is Split conv4; and a split can be worse than one-task networks."
        ),
        paper=(
            "against one-task: mIU −1.32 (conv2) to +0.80 (conv4), detection mAP −0.34 (conv2) to +0.69 "
            "(fc7), attribute mAP −5.7 (fc8) to +0.1 (conv2); Sections 1.1 and 6.4 and the figure name "
            "different best splits"
        ),
        recipes=(
            "figure2_split",
            "figure2_split_voc",
        ),
        criterion=(
            "The splits picked on validation frames differ, and each is better than the other for its own "
            "pair (better in one headline figure, worse in none); Split conv4 is better than every other "
            "split in mIU; and one-task is better than some split in some headline figure. Headlines: mIU, "
            "median error, mAP."
        ),
        judge=splits.split_matters,
    ),
    Claim(
        name="F4_pool5_task_specific",
        where="Section 5.4, Table 4",
        statement="At pool5 both tasks come to prefer task-specific representations, wherever alpha began.",
        recipes=("table4_alphas",),
        criterion=(
            "From each of the three inits, for both tasks, the mean over channels of same-task minus "
            "different-task alpha at pool5 is above zero in every seed."
        ),
        judge=alphas.pool5_is_task_specific,
    ),
    Claim(
        name="F4_sn_shared",
        where="Section 5.4, Table 4",
        statement=(
            "Surface normals prefer shared representations: from (0.5, 0.5), their two alphas stay in a "
            "similar range."
        ),
        recipes=("table4_alphas",),
        criterion=(
            "At pool1, pool5 and fc7, the means over channels of the normals' two alphas differ by at most "
            "0.2, a tenth of the paper's axis, in every seed. Alphas that hardly moved fulfil it too."
        ),
        judge=alphas.normals_share,
    ),
    Claim(
        name="F4_init_bias",
        where="Section 5.4, Table 4",
        statement="The first values of alpha bias what is learned.",
        recipes=("table4_alphas",),
        criterion=(
            "At pool1, pool5 and fc7, for both tasks, the mean over channels of same-task minus "
            "different-task alpha ends higher from 0.9 than from 0.5, and from 0.5 than from 0.1, in every "
            "seed."
        ),
        judge=alphas.init_lasts,
    ),
    Claim(
        name="F5_data_starved_attr",
        where="Section 6.5, Figure 5",
        statement="Attributes with few training examples gain the most from cross-stitching.",
        paper="gain of the 10 rarest 4.6, of the 20 rarest 4.3, of all 64 2.1",
        recipes=("figure5_attributes",),
        criterion=(
            "The mean gain in AP over one-task is larger for the 10 rarest, and for the 20 rarest "
            "attributes, than for all, in every seed."
        ),
        judge=data_starved.rarest_attributes_gain,
    ),
    Claim(
        name="F6_data_starved_seg",
        where="Section 6.3, Figure 6",
        statement="Classes with few training pixels gain the most from cross-stitching.",
        recipes=("figure6_segmentation",),
        criterion=(
            "The mean gain in IoU over one-task is larger for the rarer half of the classes than for the "
            "more frequent half, in every seed."
        ),
        judge=data_starved.rarer_classes_gain,
    ),
    Claim(
        name="S5_pool_beats_conv",
        where="Section 5",
        statement="Units after pooling are better than units after every convolution.",
        recipes=("section5_taps",),
        criterion="Taps at pooling layers are better than taps at convolutions in all eight figures.",
        judge=ablations.pooling_taps,
    ),
    Claim(
        name="S6_scalar_for_det",
        where="Section 6",
        statement=(
            "For detection and attributes, one unit a layer learns stably and one unit a channel does not."
        ),
        recipes=("section6_granularity",),
        criterion=(
            "No seed diverges with one unit a layer; with one a channel some seed does, or detection or "
            "attribute mAP is worse and neither is better."
        ),
        judge=ablations.layer_units_are_stable,
    ),
    Claim(
        name="S5_onetask_saturates",
        where="Section 5",
        statement="Training the one-task networks longer does not improve them.",
        paper="25,000 iterations of segmentation and 15,000 of normals, no improvement up to 40,000",
        recipes=("table5_nyu",),
        criterion=(
            "One-task trained longer is certainly better in no figure of Table 5, and for none is a gain "
            "possible as large as that of cross-stitch in the paper (0.6 to 1.0)."
        ),
        judge=tables.one_task_saturates,
    ),
)
