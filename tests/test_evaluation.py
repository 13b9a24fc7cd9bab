import pytest
import torch
from toys import Brightness, Squares, Tiny, TinyNet

from stitchkit.evaluation import NetworkPredictor, constant_predictor, evaluate


def brightness():
    task = Brightness("depth", Brightness.Config())
    task.fit(Squares(), 0)
    return {"depth": task}


def network():
    torch.manual_seed(0)
    return TinyNet(1)


@pytest.mark.parametrize("batch", [1, 5, 12])
def test_figures_do_not_depend_on_the_batch(batch):
    tasks = brightness()
    predictor = NetworkPredictor(network(), tasks, Tiny().preprocess, torch.device("cpu"))
    reference = evaluate(predictor, tasks, Squares(), batch=3)["depth"].compute()["error"]
    assert evaluate(predictor, tasks, Squares(), batch=batch)["depth"].compute()["error"] == pytest.approx(
        reference, rel=1e-6
    )


def test_only_the_frames_asked_for_are_read():
    tasks = brightness()
    measured = evaluate(constant_predictor, tasks, Squares(), indices=[0, 11])
    assert measured["depth"].compute()["error"] == pytest.approx(5.5 / 12)


def test_pictures_are_spread_evenly_and_small(tmp_path):
    evaluate(constant_predictor, brightness(), Squares(), batch=5, pictures=tmp_path, picture_count=3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000", "006", "011"]
    names = {"image.png", "depth.truth.png", "depth.prediction.png"}
    assert all({path.name for path in frame.iterdir()} == names for frame in tmp_path.iterdir())


def test_a_network_is_measured_in_evaluation_mode():
    tasks, net = brightness(), network().train()
    predictor = NetworkPredictor(net, tasks, Tiny().preprocess, torch.device("cpu"))
    figures = {evaluate(predictor, tasks, Squares())["depth"].compute()["error"] for _ in range(3)}
    assert len(figures) == 1
