import pytest
import torch

from stitchkit.errors import InputError
from stitchkit.study.plan import Run
from stitchkit.study.store import Store, digest

RUN = Run("one_task", 0, ("depth",), 5, {"data": "a"})


def test_a_digest_does_not_depend_on_the_order_of_keys():
    assert digest({"a": 1, "b": (2, 3)}) == digest({"b": [2, 3], "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})


@pytest.mark.parametrize(
    "other",
    [
        Run("cross_stitch", 0, ("depth",), 5, {"data": "a"}),
        Run("one_task", 1, ("depth",), 5, {"data": "a"}),
        Run("one_task", 0, ("labels",), 5, {"data": "a"}),
        Run("one_task", 0, ("depth",), 6, {"data": "a"}),
        Run("one_task", 0, ("depth",), 5, {"data": "b"}),
        Run("one_task", 0, ("depth",), 5, {"data": "a"}, (RUN,)),
    ],
)
def test_whatever_determines_a_result_changes_the_key(other):
    assert other.key != RUN.key


def test_a_run_is_finished_once_it_is_saved(tmp_path):
    store = Store(tmp_path)
    folder = store.folder(RUN)
    folder.mkdir(parents=True)
    (folder / "iter_4.pth").touch()
    (folder / "last_checkpoint").touch()
    assert not store.finished(RUN)
    store.save(RUN, {"weight": torch.arange(3.0)}, {}, {"seconds": 1.5, "parameters": 3})
    assert store.finished(RUN)
    assert torch.equal(store.network(RUN)["weight"], torch.arange(3.0))
    assert store.facts(RUN)["seconds"] == 1.5
    assert sorted(path.name for path in folder.iterdir()) == ["network.safetensors", "run.json"]


def test_an_evaluation_stands_for_its_protocol_only(tmp_path):
    store = Store(tmp_path)
    store.save_evaluation(RUN, "protocol", {"depth": {"metrics": {"error": 1.0}}})
    assert store.evaluation(RUN, "protocol") == {"depth": {"metrics": {"error": 1.0}}}
    assert store.evaluation(RUN, "another") is None


def test_two_processes_never_hold_one_run(tmp_path):
    with (
        Store(tmp_path).locked(RUN),
        pytest.raises(InputError, match="another process is at work on this run"),
        Store(tmp_path).locked(RUN),
    ):
        pass
