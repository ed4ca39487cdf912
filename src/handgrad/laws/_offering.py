"""What a function may refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from handgrad.laws._finding import BrokenError, NotApplicableError, NotOfferedError


@contextmanager
def offered(what: str) -> Iterator[None]:
    """An error in the body means that the function does not work with ``what``; findings go through.

    Raises:
        NotOfferedError: the function raised something; the message says what.
    """
    try:
        yield
    except (BrokenError, NotApplicableError, NotOfferedError):
        raise
    except Exception as refusal:
        words = str(refusal).strip().partition("\n")[0] or type(refusal).__name__
        raise NotOfferedError(f"it does not work with {what}: {words}") from refusal
