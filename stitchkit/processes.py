"""Work spread over processes."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import current_process, get_context
from typing import TypeVar

from stitchkit.errors import InputError

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """Number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_processes(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    processes: int | None,
    what: str,
    *,
    together: int = 1,
) -> Iterator[Result]:
    """Results of a function in the order of its arguments, whatever the number of processes.

    Args:
        function: Of a module, as are the items' classes, so that another process can import them.
        items: Its arguments.
        processes: How many to work with; None for one a core. 1 works in this process, as a daemon must.
        what: Whose work it is, for messages.
        together: Items that a process takes at a time.

    Raises:
        InputError: The processes could not start or were killed.
    """
    count = min(processes or cores(), len(items))
    if count <= 1 or current_process().daemon:  # a daemon may not start processes
        yield from map(function, items)
        return
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(function, items, chunksize=together)
        except BrokenProcessPool:
            raise InputError(
                f"{what}: the working processes could not start or were killed; call from under "
                "'if __name__ == \"__main__\":', or set processes to 1"
            ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
