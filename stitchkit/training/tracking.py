"""Where training curves are shown beside the report: TensorBoard, Weights & Biases, MLflow."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mmengine.visualization import MLflowVisBackend, TensorboardVisBackend, Visualizer, WandbVisBackend

from stitchkit.errors import InputError

PROJECT = "stitchkit"  # project or experiment, unless WANDB_PROJECT or MLFLOW_EXPERIMENT_NAME says otherwise


def require(track: Sequence[str]) -> None:
    """Make sure that what a recipe names under ``training.track`` is installed; nothing is imported.

    Raises:
        InputError: A package is missing; the message has the command that installs it.
    """
    for name in track:
        if find_spec(name) is None:
            raise InputError(
                f"training.track: {name} is not installed; run: pip install 'stitchkit[{name}]',"
                f" or leave {name} out"
            )


@contextmanager
def tracked(track: Sequence[str], folder: Path, name: str, config: Mapping[str, Any]) -> Iterator[Visualizer]:
    """What takes the curves of a run; closed at the end, and marked as failed after an error.

    Args:
        track: ``"tensorboard"``, ``"wandb"``, ``"mlflow"``; none is fine.
        folder: Of the run. TensorBoard writes to ``tensorboard/`` in it, W&B to ``wandb/``; MLflow writes
            where its own settings say (``MLFLOW_TRACKING_URI``).
        name: What the run is called there.
        config: What it is trained with, as plain data.

    Raises:
        InputError: A service cannot be begun with, for example for want of an account.
    """
    backends = [_BACKENDS[one](folder, name, config) for one in track]
    visualizer = Visualizer(vis_backends=backends)
    try:
        for one, backend in zip(track, backends, strict=True):
            _begin(one, backend)
        yield visualizer
    except BaseException:
        for backend in backends:
            backend.failed = True
        raise
    finally:
        visualizer.close()


def _begin(name: str, backend: Any) -> None:
    try:
        _ = backend.experiment  # else it would begin with the first entry, some iterations later
    except Exception as error:  # whatever the service's own package raises
        first, *_ = str(error).strip().splitlines() or [""]
        what = f"{type(error).__name__}: {first}"
        raise InputError(
            f"training.track: {name} cannot begin ({what}); mend that, or leave it out"
        ) from error


class _TensorBoard(TensorboardVisBackend):
    def __init__(self, folder: Path, name: str, config: Mapping[str, Any]) -> None:
        super().__init__(str(folder / "tensorboard"))


class _Wandb(WandbVisBackend):
    """mmengine's drops the step, sends the source code with the config, and closes by a name that is gone."""

    failed = False

    def __init__(self, folder: Path, name: str, config: Mapping[str, Any]) -> None:
        project = os.environ.get("WANDB_PROJECT", PROJECT)
        super().__init__(str(folder), {"project": project, "name": name, "config": dict(config)})

    def add_scalars(self, scalar_dict: dict, step: int = 0, file_path: str | None = None, **_: Any) -> None:
        self.experiment.log(scalar_dict, step=step)

    def close(self) -> None:
        if hasattr(self, "_wandb"):
            self._wandb.finish(exit_code=int(self.failed))


class _MLflow(MLflowVisBackend):
    """mmengine's overrides the user's own settings, and closes only with a configuration of its kind."""

    failed = False

    def __init__(self, folder: Path, name: str, config: Mapping[str, Any]) -> None:
        super().__init__(str(folder), run_name=name, params=_flat(config))

    def _init_env(self) -> None:
        mlflow = import_module("mlflow")
        mlflow.set_experiment(os.environ.get("MLFLOW_EXPERIMENT_NAME", PROJECT))
        mlflow.start_run(run_name=self._run_name)
        self._mlflow = mlflow
        mlflow.log_params(self._params)

    def add_scalars(self, scalar_dict: dict, step: int = 0, file_path: str | None = None, **_: Any) -> None:
        named = {re.sub(r"[^\w\-. :/]", "_", name): value for name, value in scalar_dict.items()}
        self.experiment.log_metrics(named, step=step)

    def close(self) -> None:
        if hasattr(self, "_mlflow"):
            self._mlflow.end_run("FAILED" if self.failed else "FINISHED")


def _flat(config: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """One level of keys: ``training.lr``."""
    flat: dict[str, Any] = {}
    for key, value in config.items():
        flat |= _flat(value, f"{above}{key}.") if isinstance(value, Mapping) else {f"{above}{key}": value}
    return flat


_BACKENDS: dict[str, Any] = {"tensorboard": _TensorBoard, "wandb": _Wandb, "mlflow": _MLflow}
