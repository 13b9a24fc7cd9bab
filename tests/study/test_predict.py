"""One task's predictions in the place of ground truth that another one asks for."""

from types import SimpleNamespace

import pytest

from stitchkit.errors import InputError
from stitchkit.study.predict import device_of, predict_batch


def task(name, target, *reads):
    return SimpleNamespace(
        name=name, target=target, reads=(target, *reads), as_truth=lambda found: {target: found}
    )


def test_a_task_is_told_what_another_predicts_whatever_their_order():
    seen = {}

    def predictor(of, batch):
        seen[of.name] = batch
        return f"{of.name} said"

    tasks = {"what": task("what", "attributes", "boxes"), "where": task("where", "boxes", "classes")}
    batch = {"image": 1}
    found = predict_batch(tasks, dict.fromkeys(tasks, predictor), batch)
    assert list(found.items()) == [("what", "what said"), ("where", "where said")]
    assert seen["where"] is batch
    assert seen["what"] == {"image": 1, "boxes": "where said"}


def test_tasks_that_ask_nothing_see_the_same_batch_so_that_one_pass_serves_them():
    seen = []
    tasks = {"a": task("a", "labels"), "b": task("b", "labels"), "c": task("c", "normals")}
    batch: dict[str, int] = {"image": 1}
    predict_batch(tasks, dict.fromkeys(tasks, lambda of, given: seen.append(given)), batch)
    assert all(given is batch for given in seen)


def test_what_nobody_tells_is_an_error_of_that_task():
    def predictor(of, batch):
        raise InputError("no boxes")

    with pytest.raises(InputError, match=r"task 'what' cannot be predicted .* \(no boxes\)"):
        predict_batch({"what": task("what", "attributes", "boxes")}, {"what": predictor}, {"image": 1})


def test_devices():
    assert device_of("cpu").type == "cpu"
    assert device_of("auto").type in ("cpu", "cuda")
    with pytest.raises(InputError, match=r"device 'cup' is not there: .*; take auto or cpu"):
        device_of("cup")
