"""All figures are invented."""

import pytest
from invented_studies import Invented, invent

from stitchkit.claims.alphas import normals_share, preference
from stitchkit.claims.study import Missing
from stitchkit.errors import InputError

ALPHA = [  # [seed 1, channels 2, to, from]
    [
        [[0.9, 0.1], [0.3, 0.5]],
        [[0.7, 0.5], [0.1, 0.7]],
    ]
]


def stitched(folder, alphas, init=0.5, **options):
    rows = {"cross_stitch": Invented(0.0, {"unit.same": init}, alphas=alphas)}
    return invent(folder, rows, recipe="table4_alphas", seeds=[7], **options)


def test_preference_is_the_mean_over_channels_of_same_minus_different(tmp_path):
    study = stitched(tmp_path, {"pool1": ALPHA})
    # segmentation: (0.9 + 0.7) / 2 - (0.1 + 0.5) / 2; normals: (0.5 + 0.7) / 2 - (0.3 + 0.1) / 2
    assert preference(study, 0.5, "pool1", "segmentation") == {7: pytest.approx(0.5)}
    assert preference(study, 0.5, "pool1", "normals") == {7: pytest.approx(0.4)}


def test_one_alpha_for_a_layer_is_read_as_well(tmp_path):
    study = stitched(tmp_path, {"pool1": [[[[0.9, 0.1], [0.3, 0.5]]]]})
    assert preference(study, 0.5, "pool1", "normals") == {7: pytest.approx(0.2)}


@pytest.mark.parametrize(
    ("alphas", "message"), [({}, "left no alphas"), ({"layer1": ALPHA}, "have no tap pool1")]
)
def test_what_was_not_kept_is_missing(tmp_path, alphas, message):
    with pytest.raises(Missing, match=message):
        preference(stitched(tmp_path, alphas), 0.5, "pool1", "normals")


def test_another_init_is_missing(tmp_path):
    with pytest.raises(Missing, match=r"no rows with methods.cross_stitch.unit.same=0.5"):
        normals_share(stitched(tmp_path, {"pool1": ALPHA}, init=0.9))


def test_alphas_that_cannot_be_read_are_an_error_that_names_the_file(tmp_path):
    study = stitched(tmp_path, {"pool1": ALPHA})
    (path,) = study.folder.rglob("alphas.safetensors")
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(InputError, match=r"alphas.safetensors cannot be read .*; run the recipe again"):
        preference(study, 0.5, "pool1", "normals")


def test_alphas_of_other_tasks_are_an_error(tmp_path):
    study = stitched(tmp_path, {"pool1": [[[[1.0]]]]})
    with pytest.raises(InputError, match="does not hold alphas of 2 tasks"):
        preference(study, 0.5, "pool1", "normals")
