"""The errors of training: each says who, what was expected, what was there, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class DataError(ValueError):
    """A table cannot be trained on, or predicted from, as it stands."""


class CheckpointError(RuntimeError):
    """A checkpoint cannot be written, or the file is damaged, dangerous or not one of ours."""


class MissingCheckpointError(CheckpointError, FileNotFoundError):
    """There is no file at the path of the checkpoint."""


class NonFiniteError(ArithmeticError):
    """A loss, a gradient or a weight became NaN or infinite.

    Attributes:
        epoch: The epoch in which it happened, counted from 0.
        step: The number of optimizer steps that had been taken before.
        layer: The layer where the first non-finite value appeared, e.g. ``"layers.0"``.
        op: The op of that layer, e.g. ``"linear"``.
        direction: ``"forward"`` or ``"backward"``: on which way the value appeared.
    """

    def __init__(
        self, message: str, *, epoch: int = 0, step: int = 0, layer: str = "", op: str = "", direction: str = ""
    ) -> None:
        super().__init__(message)
        self.epoch, self.step = epoch, step
        self.layer, self.op, self.direction = layer, op, direction


def near_matches(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'wine'?"``, or nothing where no known name is near."""
    folded = {candidate.casefold(): candidate for candidate in known}
    near = [repr(folded[match]) for match in get_close_matches(name.casefold(), folded, n=3)]
    return f" Did you mean {' or '.join(near)}?" if near else ""
