"""Stopping what does not end."""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

REPEAT = 1.0
"""Seconds after which the limit strikes again, where the first blow was swallowed (in a destructor, say)."""


class TimeLimitError(BaseException):
    """The time is over. Not an `Exception`, so that a function which catches everything cannot catch it."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise `TimeLimitError` in the body when ``seconds`` have passed; None is no limit.

    The body runs in the calling thread, with its grad mode, autocast and debugger. In the main thread an alarm ends it, also
    while it sleeps or waits for a lock; in another thread it ends at its next Python instruction. Code in C that neither returns
    nor listens to signals cannot be ended from within a process.
    """
    if seconds is None:
        yield
    elif threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        with _alarm(seconds):
            yield
    else:
        with _blow_from_another_thread(seconds):
            yield


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def strike(number: int, frame: FrameType | None) -> None:
        raise TimeLimitError

    start = time.monotonic()
    former_handler = signal.signal(signal.SIGALRM, strike)
    former_delay, former_interval = signal.setitimer(signal.ITIMER_REAL, seconds, REPEAT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former_handler)
        if former_delay:  # somebody else's alarm, pytest-timeout's say, goes on
            left = max(former_delay - (time.monotonic() - start), 1e-3)
            signal.setitimer(signal.ITIMER_REAL, left, former_interval)


@contextmanager
def _blow_from_another_thread(seconds: float) -> Iterator[None]:
    victim = ctypes.c_ulong(threading.get_ident())
    done = threading.Event()

    def strike() -> None:
        if not done.wait(seconds):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(victim, ctypes.py_object(TimeLimitError))

    watch = threading.Thread(target=strike, daemon=True)
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()
