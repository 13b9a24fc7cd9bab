import json
from pathlib import Path

import pytest
import torch
from toys import Brightness, Squares, Tiny

from stitchkit.data import TrainingFrames, TrainingSamples, augmentation
from stitchkit.errors import InputError
from stitchkit.training.groups import parameter_groups
from stitchkit.training.hooks import TrainingDiverged
from stitchkit.training.model import MultiTaskModel
from stitchkit.training.train import freshly_seeded, train


class Interrupted(Exception):
    pass


def make(
    folder: Path, iterations: int = 12, lr: float = 0.05, stop_at: int | None = None, **options
) -> torch.nn.Module:
    squares, backbone = Squares(), Tiny()
    task = Brightness("depth", Brightness.Config())
    task.fit(squares, 0)
    network = freshly_seeded(3, lambda: task.network(backbone))
    frames = TrainingFrames(squares, [task.target])
    samples = TrainingSamples(frames, augment=augmentation(mirror=0.5, colour=(0.8, 1.2)), seed=3)
    steps = iter(range(iterations + 1))

    def alphas() -> dict[str, float]:
        if next(steps) == stop_at:
            raise Interrupted
        return {}

    train(
        MultiTaskModel(network, {"depth": task}, {"depth": 1.0}, backbone.preprocess),
        samples,
        range(len(squares)),
        parameter_groups(network, lr=lr),
        folder=folder,
        name="toy",
        iterations=iterations,
        batch=5,
        seed=3,
        log_every=1,
        checkpoint_every=4,
        alphas=alphas,
        **options,
    )
    return network


@pytest.mark.parametrize(
    ("optimizer", "schedule"), [("sgd", "constant"), ("adamw", "one_cycle"), ("sgd", "step")]
)
def test_a_resumed_run_ends_where_an_uninterrupted_one_does(tmp_path, optimizer, schedule):
    options = {"optimizer": optimizer, "schedule": schedule}
    whole = make(tmp_path / "whole", **options)
    with pytest.raises(Interrupted):
        make(tmp_path / "broken", stop_at=10, **options)
    resumed = make(tmp_path / "broken", **options)
    for (name, expected), actual in zip(whole.named_parameters(), resumed.parameters(), strict=True):
        assert torch.equal(expected, actual), name
    entries = [
        [(entry["iteration"], entry["loss.depth"], entry["lr"]) for entry in map(json.loads, lines)]
        for lines in (
            (tmp_path / folder / "history.jsonl").read_text().splitlines() for folder in ("whole", "broken")
        )
    ]
    assert entries[0] == entries[1]
    assert len(entries[0]) == 12


def test_the_step_schedule_goes_on_at_a_tenth_of_the_rate(tmp_path):
    make(tmp_path, iterations=8, schedule="step", step_after=0.5)
    rates = [json.loads(line)["lr"] for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert rates == pytest.approx([rates[0]] * 4 + [rates[0] / 10] * 4)


def test_a_run_that_starts_afresh_forgets_its_curves(tmp_path):
    with pytest.raises(Interrupted):
        make(tmp_path, stop_at=10)
    make(tmp_path, iterations=6, resume=False)
    iterations = [
        json.loads(line)["iteration"] for line in (tmp_path / "history.jsonl").read_text().splitlines()
    ]
    assert iterations == [1, 2, 3, 4, 5, 6]


def test_training_lowers_the_loss(tmp_path):
    make(tmp_path, iterations=60)
    losses = [
        json.loads(line)["loss.depth"] for line in (tmp_path / "history.jsonl").read_text().splitlines()
    ]
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])


def test_divergence_is_one_clear_error(tmp_path):
    with pytest.raises(TrainingDiverged, match=r"loss of depth is (nan|inf) at iteration \d+.*training.lr"):
        make(tmp_path, iterations=60, lr=1e18)


def test_checkpoints_hold_no_code(tmp_path):
    with pytest.raises(Interrupted):
        make(tmp_path, iterations=8, stop_at=7)
    (path,) = tmp_path.glob("iter_*.pth")
    checkpoint = torch.load(path, weights_only=True)
    assert set(checkpoint["state_dict"]) == {
        f"network.{part}" for part in ("first.weight", "first.bias", "last.weight", "last.bias")
    }


def test_a_checkpoint_that_brings_code_is_refused(tmp_path):
    with pytest.raises(Interrupted):
        make(tmp_path, iterations=8, stop_at=6)
    (path,) = tmp_path.glob("iter_*.pth")
    torch.save({"meta": Path("x"), "state_dict": {}}, path)
    (tmp_path / "last_checkpoint").write_text(path.name)
    with pytest.raises(InputError, match=r"iter_4\.pth is not a checkpoint .* --no-resume"):
        make(tmp_path, iterations=8)
