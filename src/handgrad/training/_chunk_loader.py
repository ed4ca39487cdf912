"""The batches of a table, many at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from handgrad.training._chunk import Chunk
from handgrad.training._epochs import Epochs
from handgrad.training._split import Split

# A chunk is long enough that what Lightning does around it does not count, and short enough that a signal, a time limit or
# a progress bar do not wait for it: Lightning and the callbacks take half a millisecond to 1.5 ms, 4000 steps of a small net
# 20 to 70 ms, those of 128 MiB of rows 0.2 s for a net of 200 000 weights; for larger ones the pace has a limit of its own.
_MOST_STEPS = 4000
_MOST_BYTES = 2**27


class Pace(Protocol):
    """Who takes the chunks: says how long the next one may be, and is told how long it is."""

    def most_steps(self) -> int:
        """How many steps may be taken before somebody has to look."""

    def most_rows(self) -> int:
        """How many rows a chunk may have, whatever the number of its steps."""

    def hand_out(self, steps: int) -> None:
        """Take note that the next chunk is so long."""


class ChunkLoader(Epochs):
    """The batches of a :class:`TableLoader` of one process, in the same order, many at a time.

    Nothing of the split is copied but the rows of a chunk, when they are gathered. The last batch of an epoch is a chunk of
    its own if it is smaller. Lengths, places and states are counted in batches, so that either loader goes on where the
    other was stopped.

    Args:
        split: The rows; they stay on the device they are on.
        batch_size: Rows of a step.
        seed: Decides, with the epoch, the order.
        pace: Who takes the chunks; ``None`` takes them as they come.
    """

    def __init__(self, split: Split, batch_size: int, *, seed: int, pace: Pace | None = None) -> None:
        super().__init__(split, batch_size, seed)
        self._seed, self._pace = seed, pace
        batch_bytes = batch_size * sum(values[:1].nbytes for values in split)
        self._most_steps = max(1, min(_MOST_STEPS, _MOST_BYTES // batch_bytes))

    def __iter__(self) -> Iterator[Chunk]:
        """Hand out the rest of the epoch; the order is fixed at the first chunk, when the epoch is known."""
        position = self._begin()
        order = self._order(self._seed)
        while position < len(self):
            steps = self._steps(position)
            if self._pace is not None:
                self._pace.hand_out(steps)
            self._position = position + steps
            places = order[position * self.global_batch : self._position * self.global_batch]
            yield Chunk(self.split, places.view(steps, -1), position)
            position += steps
        self.set_epoch(self.epoch + 1)

    def _steps(self, position: int) -> int:
        """Return how many batches the chunk has that begins at a place."""
        most = min(self._most_steps, len(self.split.y) // self.global_batch - position)
        if self._pace is not None:
            most = min(most, self._pace.most_steps(), self._pace.most_rows() // self.global_batch)
        return max(1, most)
