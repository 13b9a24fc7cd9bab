"""Where finished runs are kept, each under the hash of what determines it, shared by all studies."""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock
import numpy as np
from safetensors.torch import load_file, save_file
from torch import Tensor

from stitchkit.files import write_text, written_aside

if TYPE_CHECKING:
    from stitchkit.methods import Run


class Store:
    """A folder of runs and fitted tasks.

    Args:
        root: Holds ``networks/<run>/`` and ``tasks/<key>.safetensors``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, run: "Run") -> Path:
        """Of one run."""
        return self.root / "networks" / run.name

    def finished(self, run: "Run") -> bool:
        """Whether the run's network is complete."""
        return (self.folder(run) / "run.json").exists()

    def network(self, run: "Run") -> dict[str, Tensor]:
        """State dict of a finished run's network."""
        return load_file(self.folder(run) / "network.safetensors")

    def save(
        self,
        run: "Run",
        network: Mapping[str, Tensor],
        alphas: Mapping[str, Tensor],
        facts: Mapping[str, Any],
    ) -> None:
        """Keep a finished run; its checkpoints are no longer needed."""
        folder = self.folder(run)
        for name, tensors in (("network", network), ("alphas", alphas)):
            if tensors:
                with written_aside(folder / f"{name}.safetensors") as aside:
                    save_file(dict(tensors), aside)
        record = {
            "key": run.key,
            "method": run.type,
            "seed": run.seed,
            "tasks": run.tasks,
            "iterations": run.iterations,
            "starts": [start.name for start in run.starts],
            "settings": run.settings,
            **facts,
        }
        write_text(folder / "run.json", json.dumps(record, indent=1))
        self.forget_checkpoints(run)

    def forget_checkpoints(self, run: "Run") -> None:
        """Delete what an unfinished run left, or a finished one no longer needs."""
        folder = self.folder(run)
        for path in (*folder.glob("iter_*.pth"), folder / "last_checkpoint"):
            path.unlink(missing_ok=True)
        for path in folder.glob("20[0-9]*_[0-9]*"):  # mmengine's empty logs, named by the time
            shutil.rmtree(path, ignore_errors=True)

    def facts(self, run: "Run") -> dict[str, Any]:
        """What was written down when the run finished."""
        return json.loads((self.folder(run) / "run.json").read_text())

    def evaluation(self, run: "Run", key: str) -> dict[str, Any] | None:
        """Results on the test split, if they were measured in the way that ``key`` stands for."""
        path = self.folder(run) / "evaluation.json"
        if not path.exists():
            return None
        record = json.loads(path.read_text())
        return record["results"] if record["key"] == key else None

    def save_evaluation(self, run: "Run", key: str, results: Mapping[str, Any]) -> None:
        """Keep results on the test split, measured in the way that ``key`` stands for."""
        write_text(self.folder(run) / "evaluation.json", json.dumps({"key": key, "results": results}))

    def save_evidence(self, run: "Run", task: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep what each test image brought to the figures (`stitchkit.tasks.Metrics.per_image`)."""
        if arrays:
            with written_aside(self._evidence(run, task)) as aside, aside.open("wb") as file:
                np.savez_compressed(file, **arrays)  # type: ignore[arg-type]

    def evidence(self, run: "Run", task: str) -> dict[str, np.ndarray]:
        """What each image brought to the figures of a measured run; empty where the task keeps nothing."""
        path = self._evidence(run, task)
        if not path.exists():
            return {}
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)

    def _evidence(self, run: "Run", task: str) -> Path:
        return self.folder(run) / f"evidence-{task}.npz"

    def fitted(self, key: str) -> dict[str, Tensor] | None:
        """State of a task fitted earlier."""
        path = self.root / "tasks" / f"{key[:20]}.safetensors"
        return load_file(path) if path.exists() else None

    def save_fitted(self, key: str, state: Mapping[str, Tensor]) -> None:
        """Keep the state of a fitted task."""
        with written_aside(self.root / "tasks" / f"{key[:20]}.safetensors") as aside:
            save_file({name: value.contiguous() for name, value in state.items()}, aside)

    @contextmanager
    def locked(self, run: "Run") -> Iterator[None]:
        """Hold a run; while another process holds it, wait and say so: no two ever train it at once.

        So processes may share the runs of a study, for example one process for each seed.
        """
        folder = self.folder(run)
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / ".lock")
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            print(f"waiting for another process that is at work on {folder}", file=sys.stderr, flush=True)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()
