"""Imports that take seconds, without the garbage collector."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Hold the garbage collector back while modules are imported, and never let it look at them again.

    Modules stay until the process ends, which the collector cannot know: it walks through all that torch and Lightning
    have made, over and over while there is more of it, and again when Python leaves. Only the first time in a process
    keeps what there is: later on, such as in the second job of a multirun, there are networks and trainers among it.
    """
    first = gc.isenabled() and not gc.get_freeze_count()
    if first:
        gc.disable()
    try:
        yield
    finally:
        if first:
            gc.freeze()
            gc.enable()
