"""Trained networks in files that run without stitchkit."""

import importlib.util
import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from toys import TinyNet

from stitchkit.study import export as exporting
from stitchkit.study.trained import open_row

pytestmark = pytest.mark.usefixtures("toy_plugins")


def reference(study, row, images):
    """Raw outputs of a row for uint8 images, from its networks themselves."""
    opened = open_row(study, row)
    images = opened.backbone.preprocess(images)
    found: dict[str, torch.Tensor] = {}
    with torch.no_grad():
        for run in opened.runs:
            outputs = opened.network(run, (8, 10))(images)
            found |= outputs if len(run.tasks) > 1 else {run.tasks[0]: outputs}
    return found


def pixels(batch, size=(8, 10)):
    drawn = np.random.default_rng(3).integers(256, size=(batch, 3, *size), dtype=np.uint8)
    return torch.from_numpy(drawn)


@pytest.mark.parametrize("row", ["cross_stitch", "split"])
def test_onnxruntime_computes_what_the_networks_do_for_any_batch(stitchkit_command, study, tmp_path, row):
    onnxruntime = pytest.importorskip("onnxruntime")
    path = tmp_path / "net.onnx"
    words = ("--row", row, "--size", "8,10", "--onnx", path, "--dynamic-batch")
    code, output, errors = stitchkit_command("export", study, *words)
    assert code == 0, errors
    assert "differs from PyTorch by at most" in output
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert [(one.name, one.type) for one in session.get_inputs()] == [("image", "tensor(uint8)")]
    for batch in (1, 3):
        found = session.run(["bright", "dim"], {"image": pixels(batch).numpy()})
        wanted = reference(study, row, pixels(batch))
        for name, value in zip(["bright", "dim"], found, strict=True):
            np.testing.assert_allclose(value, wanted[name].numpy(), atol=1e-5)


def test_torch_export_loads_without_the_study(stitchkit_command, study, tmp_path):
    path = tmp_path / "net.pt2"
    words = ("--size", "8,10", "--torch-export", path, "--raw-input", "--json")
    code, output, errors = stitchkit_command("export", study, *words)
    assert code == 0, errors
    facts = json.loads(output)
    assert facts["inputs"] == {"image": {"shape": [1, 3, 8, 10], "type": "float32"}}
    assert list(facts["outputs"]) == ["bright", "dim"]
    assert facts["files"][str(path)]["difference"] < 1e-5
    network = torch.export.load(path).module()
    preprocess = open_row(study).backbone.preprocess
    found, wanted = network(preprocess(pixels(1))), reference(study, None, pixels(1))
    for name, value in wanted.items():
        torch.testing.assert_close(found[name], value)


def test_weights_are_those_of_the_unstitched_network(stitchkit_command, study, tmp_path):
    path = tmp_path / "dim.safetensors"
    words = ("--safetensors", path, "--task", "dim", "--size", "8,10")
    code, output, errors = stitchkit_command("export", study, *words)
    assert code == 0, errors
    TinyNet(1).load_state_dict(load_file(path))
    (stitched,) = (study.parents[1] / "networks").glob("cross_stitch-*/network.safetensors")
    whole = load_file(stitched)
    assert all(torch.equal(value, whole[f"nets.dim.{name}"]) for name, value in load_file(path).items())
    with safe_open(path, "pt") as file:
        facts = file.metadata()
    assert (facts["task"], facts["row"], facts["backbone"]) == ("dim", "cross_stitch", "tiny")
    assert "21 values" in output  # 4 x 3 + 4 and 4 + 1


def test_a_program_that_computes_something_else_is_not_written(
    stitchkit_command, study, tmp_path, monkeypatch
):
    def wrong(outputs):
        return {name: value + torch.rand(()) for name, value in outputs.items()}

    monkeypatch.setattr(exporting, "by_name", wrong)
    path = tmp_path / "net.pt2"
    code, _, errors = stitchkit_command("export", study, "--size", "8,10", "--torch-export", path)
    assert code == 1
    assert "differs from PyTorch by" in errors
    assert list(tmp_path.glob("*.pt2")) == list(tmp_path.glob(".*.part")) == []


def test_without_the_extra_it_says_what_to_install(stitchkit_command, study, tmp_path, monkeypatch):
    there = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: None if name == "onnxscript" else there(name)
    )
    code, _, errors = stitchkit_command("export", study, "--size", "8", "--onnx", tmp_path / "n.onnx")
    assert code == 2
    assert errors == "stitchkit: --onnx needs onnxscript; run: pip install 'stitchkit[onnx]'\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--onnx", "n.onnx"], "give --size HEIGHT,WIDTH"),
        ([], "nothing to write; give --onnx, --torch-export or --safetensors with a file"),
        (["--onnx", "n.onnx", "--size", "8", "--row", "ensemble"], "'ensemble' has no network of its own"),
        (["--safetensors", "n.st", "--size", "8"], "name it by --task: bright, dim"),
        (["--safetensors", "n.st", "--size", "8", "--task", "brigth"], "did you mean 'bright'"),
        (["--safetensors", "n.st", "--size", "8", "--task", "dim", "--row", "split"], "shares a part"),
        (["--onnx", "n.onnx", "--size", "big"], "--size must be a number or height,width, but got 'big'"),
    ],
)
def test_a_mistake_is_one_clear_line(stitchkit_command, study, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    code, output, errors = stitchkit_command("export", study, *words)
    assert (code, output) == (2, "")
    assert len(errors.splitlines()) == 1
    assert message in errors
    assert not list(tmp_path.glob("n.*"))


def test_networks_on_regions_take_any_number_of_them(stitchkit_command, objects_study, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    study, _ = objects_study
    path = tmp_path / "net.onnx"
    code, _, errors = stitchkit_command("export", study, "--row", "one_task", "--onnx", path)
    assert code == 0, errors
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = ["detection.scores", "detection.deltas", "attributes.attributes"]
    assert [one.name for one in session.get_outputs()] == names
    rois = torch.tensor([[0, 1.5, 2, 40, 60], [0, 30, 10, 99, 80], [0, 0, 0, 5, 5], [0, 7, 7, 90, 30]])
    image = pixels(1, (80, 100))
    found = session.run(names, {"image": image.numpy(), "rois": rois.numpy()})
    opened = open_row(study, "one_task")
    for run in opened.runs:
        with torch.no_grad():
            outputs = opened.network(run, (80, 100))(opened.backbone.preprocess(image), rois)
        for head, value in outputs.items():
            place = names.index(f"{run.tasks[0]}.{head}")
            np.testing.assert_allclose(found[place], value.numpy(), atol=1e-4)
