"""Trained networks in files that run without stitchkit: ONNX, torch.export, plain weights."""

import importlib.util
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.export import Dim, ExportedProgram

from stitchkit.errors import InputError, unknown
from stitchkit.files import written_aside
from stitchkit.graph.observe import first_line
from stitchkit.networks import JointNet, StitchedNet, unstitch
from stitchkit.study.deployed import Deployed, by_name
from stitchkit.study.onnx_operations import translations
from stitchkit.study.trained import TrainedRow

TOLERANCE = 1e-3  # of the largest raw output; what differs by more is not written
_ROWS = 3  # of inputs beside the image in the example; a size of 1 would count as fixed
_MOST_BYTES = 2**31  # of one ONNX file


class Inexact(RuntimeError):
    """What was exported computes something else; nothing was written."""


@dataclass(frozen=True)
class Exported:
    """A network as `torch.export` has it, and what it was tried on.

    Attributes:
        network: In PyTorch.
        program: Exported.
        inputs: By name: the image, then what tasks on regions take beside it.
        outputs: Raw outputs of the network for these inputs, by name.
    """

    network: Deployed
    program: ExportedProgram
    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]

    def signature(self) -> dict[str, dict[str, Any]]:
        """Shape and type of each input and output in the example."""
        named = {"inputs": self.inputs, "outputs": self.outputs}
        return {
            kind: {
                name: {"shape": list(value.shape), "type": str(value.dtype).removeprefix("torch.")}
                for name, value in values.items()
            }
            for kind, values in named.items()
        }

    def difference(self, outputs: Mapping[str, Tensor]) -> float:
        """The largest absolute difference from PyTorch's outputs.

        Raises:
            Inexact: It is more than `TOLERANCE` of the largest output.
        """
        differences = {name: float((outputs[name] - own).abs().max()) for name, own in self.outputs.items()}
        name, largest = max(differences.items(), key=lambda item: (math.isnan(item[1]), item[1]))
        if not largest <= TOLERANCE * max(float(own.abs().max()) for own in self.outputs.values()):
            raise Inexact(f"output {name!r} differs from PyTorch by {largest:.2g}; nothing was written")
        return largest


def exported(
    row: TrainedRow, size: tuple[int, int] | None, *, raw_input: bool = False, dynamic_batch: bool = False
) -> Exported:
    """A row's networks as one program, from images to the raw outputs of each task.

    Args:
        row: Its runs have a network each.
        size: Height and width of the images; None for the recipe's ``training.size``.
        raw_input: Take float32 images as the networks do; else uint8 RGB, with the preprocessing inside.
        dynamic_batch: Take any number of images; else one.

    Raises:
        InputError: The row has no such networks, the size is not known, or there is no graph.
    """
    size = size or _size(row)
    networks = {run.tasks: row.network(run, size) for run in _trained(row)}
    for network in networks.values():
        if isinstance(network, JointNet) and not network.how.graph:
            why = str(network.how).splitlines()[0]
            raise InputError(f"networks that run in lockstep have no graph to export ({why})")
    others = row.sampler.example()
    deployed = Deployed(networks, None if raw_input else row.backbone.preprocess, list(others)).eval()
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (1 + dynamic_batch, 3, *size), generator=generator, dtype=torch.uint8)
    image = row.backbone.preprocess(pixels) if raw_input else pixels
    inputs = {"image": image} | {name: value.repeat(_ROWS, 1) for name, value in others.items()}
    shapes = tuple({0: Dim.DYNAMIC} if dynamic_batch or name != "image" else None for name in inputs)
    with torch.no_grad():
        outputs = by_name(deployed(*inputs.values()))
        program = _tried(
            "torch.export",
            lambda: torch.export.export(deployed, tuple(inputs.values()), dynamic_shapes=(shapes,)),
        )
    return Exported(deployed, program, inputs, outputs)


def write_torch_export(exported: Exported, path: Path) -> float:
    """Write for ``torch.export.load``; the largest difference from PyTorch.

    Raises:
        Inexact: It is too large.
    """
    with torch.no_grad():
        difference = exported.difference(by_name(exported.program.module()(*exported.inputs.values())))
    with written_aside(path) as aside, aside.open("wb") as file:
        torch.export.save(exported.program, file)
    return difference


def write_onnx(exported: Exported, path: Path) -> float | None:
    """Write ONNX; the largest difference between onnxruntime and PyTorch, None where it is not installed.

    Raises:
        InputError: The extra ``onnx`` is not installed, the network is larger than a file of ONNX may be, or
            ONNX has nothing for one of its operations.
        Inexact: onnxruntime computes something else.
    """
    if missing := [name for name in ("onnx", "onnxscript") if importlib.util.find_spec(name) is None]:
        raise InputError(f"--onnx needs {' and '.join(missing)}; run: pip install 'stitchkit[onnx]'")
    held = sum(value.nbytes for value in exported.program.state_dict.values())
    if held >= _MOST_BYTES:
        raise InputError(f"--onnx: the networks hold {held:,} bytes, too many for a file; use --torch-export")
    program = _tried(
        "ONNX",
        lambda: torch.onnx.export(
            exported.program,
            dynamo=True,
            verbose=False,
            input_names=list(exported.inputs),
            output_names=list(exported.outputs),
            custom_translation_table=translations(),
        ),
    )
    with written_aside(path) as aside:
        program.save(str(aside))
        return _onnxruntime(exported, aside)


def _onnxruntime(exported: Exported, path: Path) -> float | None:
    if importlib.util.find_spec("onnxruntime") is None:
        return None
    import onnxruntime  # type: ignore[import-untyped]

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    given = {name: value.numpy() for name, value in exported.inputs.items()}
    found = session.run(list(exported.outputs), given)
    return exported.difference(
        {name: torch.from_numpy(value) for name, value in zip(exported.outputs, found, strict=True)}
    )


def write_weights(row: TrainedRow, task: str | None, size: tuple[int, int] | None, path: Path) -> int:
    """Write the weights of one task's network, without units, as safetensors; their number.

    Raises:
        InputError: There is no such task, several are possible, or its network shares a part with others.
    """
    if task is None and len(row.tasks) > 1:
        raise InputError(f"--safetensors is for one task; name it by --task: {', '.join(row.tasks)}")
    task = task or next(iter(row.tasks))
    if task not in row.tasks:
        raise unknown("task", task, row.tasks)
    run = next(run for run in _trained(row) if task in run.tasks)
    network = row.network(run, size or _size(row))
    if isinstance(network, StitchedNet):
        networks = unstitch(network)
        assert isinstance(networks, dict)
        network = networks[task]
    elif isinstance(network, JointNet):
        raise InputError(f"row {row.name!r}: the network of {task!r} shares a part with others; use --onnx")
    state = {name: value.contiguous() for name, value in network.state_dict().items()}
    facts = {
        "stitchkit": version("stitchkit"),
        "backbone": row.recipe.backbone.type,
        "task": task,
        "row": row.name,
        "seed": str(row.seed),
    }
    with written_aside(path) as aside:
        save_file(state, aside, metadata=facts)
    return sum(value.numel() for value in state.values())


def _trained(row: TrainedRow) -> Sequence[Any]:
    if any(not run.iterations for run in row.runs):
        raise InputError(f"row {row.name!r} has no network of its own to export; name another by --row")
    return row.runs


def _size(row: TrainedRow) -> tuple[int, int]:
    size = row.recipe.training.size
    if isinstance(size, tuple):
        return size
    raise InputError("the recipe trains on images of several sizes; give --size HEIGHT,WIDTH")


def _tried(what: str, export: Callable[[], Any]) -> Any:
    try:
        return export()
    except Exception as error:  # whatever the exporter raises
        cause = error.__cause__ or error
        raise InputError(f"the network cannot be exported by {what}: {first_line(cause)}") from error
