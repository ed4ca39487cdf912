"""Chunks are the batches of the plain loader, in its order, many at a time."""

from __future__ import annotations

import pytest
import torch

from handgrad.training import Split, TableLoader
from handgrad.training._chunk_loader import ChunkLoader


class EveryFour:
    """Somebody who wants to look after every fourth step, and keeps count."""

    def __init__(self, rows=1000):
        self.handed_out, self.rows = [], rows

    def most_rows(self):
        return self.rows

    def most_steps(self):
        return 4 - sum(self.handed_out) % 4

    def hand_out(self, steps):
        self.handed_out.append(steps)


def rows(count):
    torch.manual_seed(0)
    return Split(torch.randn(count, 3), torch.arange(count))


def batches_of(chunks):
    gathered = [chunk.gather() for chunk in chunks]
    return [batch for x, y in gathered for batch in zip(x, y, strict=True)]


def assert_same(chunks, batches):
    taken = batches_of(chunks)
    assert len(taken) == len(batches)
    for (x, y), batch in zip(taken, batches, strict=True):
        assert torch.equal(x, batch.x)
        assert torch.equal(y, batch.y)


@pytest.mark.parametrize("count", [8, 21, 24])
def test_chunks_are_the_batches_of_the_plain_loader_in_every_epoch(count):
    plain, chunked = TableLoader(rows(count), 8, seed=3), ChunkLoader(rows(count), 8, seed=3)
    assert len(plain) == len(chunked)
    for _ in range(3):
        assert_same(chunked, list(plain))


@pytest.mark.parametrize("count", [21, 24])
def test_the_last_batch_of_an_epoch_is_a_chunk_of_its_own_if_it_is_smaller(count):
    sizes = [(len(chunk), chunk.batch_size, chunk.first) for chunk in ChunkLoader(rows(count), 8, seed=0)]
    assert sizes == ([(2, 8, 0), (1, 5, 2)] if count == 21 else [(3, 8, 0)])


def test_a_chunk_is_bounded_in_steps(monkeypatch):
    monkeypatch.setattr("handgrad.training._chunk_loader._MOST_STEPS", 5)
    assert [len(chunk) for chunk in ChunkLoader(rows(90), 8, seed=0)] == [5, 5, 1, 1]


def test_a_chunk_is_bounded_in_bytes(monkeypatch):
    row = 3 * 4 + 8
    monkeypatch.setattr("handgrad.training._chunk_loader._MOST_BYTES", 4 * 8 * row)
    assert [len(chunk) for chunk in ChunkLoader(rows(90), 8, seed=0)] == [4, 4, 3, 1]
    monkeypatch.setattr("handgrad.training._chunk_loader._MOST_BYTES", 1)
    assert {len(chunk) for chunk in ChunkLoader(rows(90), 8, seed=0)} == {1}


def test_a_chunk_is_bounded_in_rows_by_whoever_takes_it():
    pace = EveryFour(rows=23)
    assert [len(chunk) for chunk in ChunkLoader(rows(90), 8, seed=0, pace=pace)] == [2, 2, 2, 2, 2, 1, 1]
    assert {len(chunk) for chunk in ChunkLoader(rows(90), 8, seed=0, pace=EveryFour(rows=1))} == {1}


def test_whoever_takes_the_chunks_sets_the_pace():
    pace = EveryFour()
    assert [len(chunk) for chunk in ChunkLoader(rows(90), 8, seed=0, pace=pace)] == [4, 4, 3, 1]
    assert pace.handed_out == [4, 4, 3, 1]


@pytest.mark.parametrize("position", range(6))
@pytest.mark.parametrize("kinds", [(TableLoader, ChunkLoader), (ChunkLoader, TableLoader)])
def test_either_loader_goes_on_where_the_other_was_stopped(kinds, position, monkeypatch):
    monkeypatch.setattr("handgrad.training._chunk_loader._MOST_STEPS", 1)
    stopped, resumed = (kind(rows(40), 7, seed=1) for kind in kinds)
    stopped.set_epoch(5)
    walk = iter(stopped)
    for _ in range(position):
        next(walk)
    resumed.load_state_dict(stopped.state_dict())
    rest = [list(loader) if loader is resumed else list(walk) for loader in (stopped, resumed)]
    chunks, batches = rest if kinds[0] is ChunkLoader else reversed(rest)
    assert_same(chunks, batches)


def test_part_of_a_chunk_is_gathered_alone():
    (chunk,) = ChunkLoader(rows(40), 8, seed=0)
    whole, part = chunk.gather(), chunk.gather(1, 3)
    assert part.x.shape == (2, 8, 3)
    assert torch.equal(part.x, whole.x[1:3])
    assert torch.equal(part.y, whole.y[1:3])
