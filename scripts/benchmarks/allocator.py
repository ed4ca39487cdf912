"""Whether glibc keeps the memory that is freed: a question of time for who measures time, of memory for who measures that.

Elsewhere than on glibc nothing is changed.
"""

from __future__ import annotations

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_MMAP_MAX = -1, -3, -4  # glibc's malloc.h


def keep_freed_memory() -> None:
    """Let glibc keep what is freed, for ours and others alike, so that no call pays for new pages.

    By itself it maps a large block from the system and gives it back when it is freed, or trims the heap from 56 MiB of free
    memory on, so that now and then a call page-faults through all of its memory: three times the cost of the arithmetic.
    (Freeing one tensor of 28 MB moves both thresholds, but not far enough for the ops that need several at once.)
    """
    _set({M_MMAP_MAX: 0, M_TRIM_THRESHOLD: 2**31 - 1})


def return_freed_memory(above: int = 2**16) -> None:
    """Let glibc give blocks of so many bytes back as soon as they are freed, so that nobody lives on what another one left."""
    _set({M_MMAP_THRESHOLD: above, M_TRIM_THRESHOLD: above})


def trim() -> None:
    """Give back what is free already."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def _set(options: dict[int, int]) -> None:
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        for option, value in options.items():
            libc.mallopt(option, value)
