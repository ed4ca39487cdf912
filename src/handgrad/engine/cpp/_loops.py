"""C++ statements around statements."""

from __future__ import annotations

from collections.abc import Sequence

Lines = list[str]

SIMD = "#pragma omp simd"


def indices(shape: Sequence[int]) -> tuple[str, ...]:
    """The names of the loops over a tensor, one for each dimension."""
    return tuple(f"i{dim}" for dim in range(len(shape)))


def loops(index: Sequence[str], shape: Sequence[int], body: Lines, pragma: str | None = SIMD) -> Lines:
    """``body`` for every index, with ``pragma`` before the innermost loop."""
    for depth, (name, size) in enumerate(reversed(list(zip(index, shape, strict=True)))):
        body = block(f"for (int64_t {name} = 0; {name} < {size}; ++{name})", body)
        if depth == 0 and pragma is not None:
            body = [pragma, *body]
    return body


def block(head: str, body: Lines) -> Lines:
    """``head`` with ``body`` between braces."""
    return [head + " {", *("  " + line for line in body), "}"]
