"""Work in processes of its own, within bounds of time and memory: what goes wrong there ends nothing else."""

import hashlib
import json
import multiprocessing
import resource
import signal
import warnings
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from stitchkit.files import write_text
from stitchkit.graph.observe import first_line
from stitchkit.progress import progress

CPU_SECONDS = 300
WALL_SECONDS = 4 * CPU_SECONDS  # where others have the processor most of the time
MEMORY = 9 * 2**30  # bytes

Result = dict[str, Any]

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["benchmarks.coverage.trial", "benchmarks.coverage.detection"])


def results(
    what: str, function: Callable[..., Result], work: Mapping[str, tuple[Any, ...]], log: Path, jobs: int
) -> dict[str, Result]:
    """What a function returns for each of several arguments; where it fails, ``{"error": cause}``.

    Args:
        what: What is being done, for the progress bar.
        function: Runs in a process of its own each time; returns plain data.
        work: Its arguments, under a name each.
        log: Gets each result as soon as it is there; what it already holds is not done again, save failures.
        jobs: Processes at a time.
    """
    known = _read(log)
    write_text(log, "".join(_line(name, result) for name, result in known.items()))
    done = {name: result for name, result in known.items() if name in work}
    todo = {name: arguments for name, arguments in work.items() if name not in done}
    with (
        log.open("a", encoding="utf-8") as out,
        ThreadPoolExecutor(jobs) as pool,
        progress(what, len(work), len(done)) as advance,
    ):
        advance(len(done))
        running = {pool.submit(isolated, function, *arguments): name for name, arguments in todo.items()}
        for future in as_completed(running):
            name = running[future]
            done[name] = future.result()
            out.write(_line(name, done[name]))
            out.flush()
            advance(len(done), name)
    return {name: done[name] for name in work}


def isolated(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function returns in another process, or ``{"error": cause}``."""
    receiver, sender = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_work, args=(sender, function, arguments), daemon=True)
    process.start()
    sender.close()
    try:
        if receiver.poll(WALL_SECONDS):
            return receiver.recv()
        return {"error": f"not done after {WALL_SECONDS} s"}
    except EOFError:
        process.join()
        slow = process.exitcode in (-signal.SIGXCPU, -signal.SIGKILL)
        why = f"after {CPU_SECONDS} s of processor time" if slow else f"with exit code {process.exitcode}"
        return {"error": f"its process ended {why}"}
    finally:
        process.kill()
        process.join()


def key(sources: Iterable[Path], versions: Mapping[str, str]) -> str:
    """A name for what determines results: source files and versions."""
    digest = hashlib.sha256(json.dumps(dict(versions), sort_keys=True).encode())
    for path in sorted(sources):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _work(sender: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # the models' own
    try:
        result = function(*arguments)
    except Exception as error:
        result = {"error": first_line(error)}
    sender.send(result)


def _line(name: str, result: Result) -> str:
    return json.dumps([name, result]) + "\n"


def _read(log: Path) -> dict[str, Result]:
    """What a log holds but for failures; a last line that was not finished is left out."""
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True) if log.exists() else []
    found = dict(json.loads(line) for line in lines if line.endswith("\n"))
    return {name: result for name, result in found.items() if "error" not in result}
