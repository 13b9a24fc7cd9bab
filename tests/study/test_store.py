import threading

import numpy as np
import pytest
import torch

from stitchkit.methods import Run
from stitchkit.methods.constant import Constant
from stitchkit.study.store import Store

METHOD = Constant(Constant.Config())
RUN = Run(METHOD, "one_task", 0, ("depth",), 5, {"data": "a"})


@pytest.mark.parametrize(
    "other",
    [
        Run(METHOD, "cross_stitch", 0, ("depth",), 5, {"data": "a"}),
        Run(METHOD, "one_task", 1, ("depth",), 5, {"data": "a"}),
        Run(METHOD, "one_task", 0, ("labels",), 5, {"data": "a"}),
        Run(METHOD, "one_task", 0, ("depth",), 6, {"data": "a"}),
        Run(METHOD, "one_task", 0, ("depth",), 5, {"data": "b"}),
        Run(METHOD, "one_task", 0, ("depth",), 5, {"data": "a"}, (RUN,)),
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


def test_evidence_is_kept_as_arrays_and_nothing_else(tmp_path):
    store = Store(tmp_path)
    assert store.evidence(RUN, "depth") == {}
    store.save_evidence(RUN, "depth", {})
    assert not store.folder(RUN).exists()
    arrays = {"key": np.array(["b", "a"]), "errors": np.arange(4.0).reshape(2, 2)}
    store.save_evidence(RUN, "depth", arrays)
    kept = store.evidence(RUN, "depth")
    assert kept.keys() == arrays.keys()
    assert all(np.array_equal(kept[name], value) for name, value in arrays.items())


def test_a_run_that_another_process_holds_is_waited_for(tmp_path, capfd):
    began = threading.Event()
    order = []

    def second():
        began.set()
        with Store(tmp_path).locked(RUN):
            order.append("second")

    waiting = threading.Thread(target=second)
    with Store(tmp_path).locked(RUN):
        waiting.start()
        began.wait()
        waiting.join(timeout=0.3)
        assert waiting.is_alive()
        order.append("first")
    waiting.join(timeout=10)
    assert order == ["first", "second"]
    assert (
        f"waiting for another process that is at work on {Store(tmp_path).folder(RUN)}"
        in capfd.readouterr().err
    )
