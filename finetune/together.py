"""Several processes that learn one night together, each on a part of every batch.

A launcher starts them (``torchrun``, ``accelerate launch``). All descend in step; whatever is done once,
files above all, the main one does, and the others wait for what comes of it.
"""

import atexit
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

import torch
from accelerate import PartialState
from accelerate.utils import broadcast_object_list

T = TypeVar("T")

# An exam lasts longer than the half hour for which processes wait by themselves.
_PATIENCE = timedelta(days=1)


@cache
def team() -> Any:
    """Which process this is, of how many: accelerate's ``PartialState``; one of one without a launcher."""
    state = PartialState(cpu=not torch.cuda.is_available(), timeout=_PATIENCE)
    # Left to the interpreter itself it now and then aborts, after all is done (pytorch/pytorch#190489).
    atexit.register(state.destroy_process_group)
    return state


def once(make: Callable[[], T]) -> T:
    """What ``make`` gives in the main process, to all. It must be possible to pickle it.

    Where it raises there, the others wait for what never comes, until the launcher ends them, which sees that
    the main one failed; without such a launcher, as long as ``_PATIENCE``.
    """
    if team().num_processes == 1:
        return make()
    made = [make() if team().is_main_process else None]
    return broadcast_object_list(made)[0]  # type: ignore[no-any-return]
