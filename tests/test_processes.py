import os

import pytest

from stitchkit.errors import InputError
from stitchkit.processes import cores, in_processes


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_order(processes: int) -> None:
    assert list(in_processes(abs, range(-5, 0), processes, "test", together=2)) == [5, 4, 3, 2, 1]


def test_one_process_is_this_one() -> None:
    assert list(in_processes(lambda _: os.getpid(), [1, 2], 1, "test")) == [os.getpid()] * 2
    assert list(in_processes(abs, [], None, "test")) == []


def test_processes_that_die_are_one_clear_error() -> None:
    with pytest.raises(InputError, match="rooms: the working processes could not start or were killed"):
        list(in_processes(os._exit, [1, 1], 2, "rooms"))


def test_there_is_a_core() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)
