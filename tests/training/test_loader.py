from __future__ import annotations

import pytest
import torch

from handgrad.training import CheckpointError, DataError, Split, TableLoader


def rows(count):
    return Split(torch.arange(float(count)).unsqueeze(1), torch.arange(count))


def seen(batches):
    return torch.cat([batch.y[: batch.rows] for batch in batches]).tolist()


def test_an_epoch_hands_out_every_row_once_with_its_target():
    batches = list(TableLoader(rows(23), 5, seed=0))
    assert [batch.rows for batch in batches] == [5, 5, 5, 5, 3]
    assert sorted(seen(batches)) == list(range(23))
    assert all(torch.equal(batch.x[:, 0], batch.y.float()) for batch in batches)


def test_the_order_is_a_function_of_seed_and_epoch():
    loader, twin, other = (
        TableLoader(rows(40), 8, seed=3),
        TableLoader(rows(40), 8, seed=3),
        TableLoader(rows(40), 8, seed=4),
    )
    first, second = seen(loader), seen(loader)
    assert first != second
    assert seen(other) != first
    twin.set_epoch(1)
    assert seen(twin) == second


def test_the_global_generator_has_no_part_in_the_order():
    torch.manual_seed(0)
    first = seen(TableLoader(rows(40), 8, seed=3))
    torch.manual_seed(1)
    state = torch.get_rng_state()
    assert seen(TableLoader(rows(40), 8, seed=3)) == first
    assert torch.equal(torch.get_rng_state(), state)


def test_evaluation_leaves_the_rows_in_order_every_time():
    loader = TableLoader(rows(10), 4)
    assert seen(loader) == seen(loader) == list(range(10))


@pytest.mark.parametrize("position", range(6))
def test_a_loader_goes_on_where_another_was_stopped(position):
    loader, resumed = TableLoader(rows(40), 7, seed=1), TableLoader(rows(40), 7, seed=1)
    loader.set_epoch(5)
    stopped = iter(loader)
    for _ in range(position):
        next(stopped)
    resumed.load_state_dict(loader.state_dict())
    abandoned, running = iter(resumed), iter(resumed)  # Lightning makes iterators that it does not use
    resumed.set_epoch(5)
    assert seen([*running]) == seen([*stopped]) if position < 6 else not list(running)
    assert list(abandoned) != []


def test_a_state_holds_integers_only():
    loader = TableLoader(rows(10), 4, seed=0)
    next(iter(loader))
    assert loader.state_dict() == {"epoch": 0, "position": 1, "length": 3, "batch": 4}


def test_a_place_amid_an_epoch_of_other_batches_is_refused():
    loader = TableLoader(rows(40), 8, seed=0)
    next(iter(loader))
    with pytest.raises(CheckpointError, match=r"expected the 5 batches of 8 rows .* got 10 of 4; resume with the same"):
        TableLoader(rows(40), 4, seed=0).load_state_dict(loader.state_dict())


def test_a_place_at_the_end_of_an_epoch_may_go_on_with_other_batches():
    loader, other = TableLoader(rows(40), 8, seed=0), TableLoader(rows(40), 4, seed=0)
    steps = iter(loader)
    for _ in range(5):
        next(steps)
    other.load_state_dict(loader.state_dict())
    assert list(other) == []
    assert len(list(other)) == 10


@pytest.mark.parametrize("world", [2, 3])
@pytest.mark.parametrize("count", [24, 25, 29])
def test_processes_share_the_batches_of_one_process_with_larger_ones(world, count):
    whole = TableLoader(rows(count), 4 * world, seed=2)
    parts = [TableLoader(rows(count), 4, seed=2, rank=rank, world_size=world) for rank in range(world)]
    for one, *shares in zip(whole, *parts, strict=True):
        assert [row for share in shares for row in seen([share])] == one.y.tolist()


@pytest.mark.parametrize("count", [24, 25, 26, 29])
def test_the_mean_over_processes_of_weighed_means_is_the_mean_over_rows(count):
    world = 3
    whole = TableLoader(rows(count), 12, seed=2)
    parts = [TableLoader(rows(count), 4, seed=2, rank=rank, world_size=world) for rank in range(world)]
    for one, *shares in zip(whole, *parts, strict=True):
        means = [share.x.mean().double() * share.share for share in shares]
        assert (sum(means) / world).item() == pytest.approx(one.x.mean().item(), rel=1e-6)


def test_an_idle_process_gets_a_row_that_does_not_count():
    idle = list(TableLoader(rows(9), 4, seed=0, rank=1, world_size=2))[-1]
    assert len(idle.x) == 1
    assert (idle.share, idle.rows) == (0.0, 0)


def test_a_batch_of_all_processes_larger_than_the_table_is_refused():
    with pytest.raises(DataError, match=r"at least 16 rows for 2 process.es. with batches of 8, got 10; use a smaller"):
        TableLoader(rows(10), 8, seed=0, world_size=2)
    with pytest.raises(DataError, match="at least 4 rows"):
        TableLoader(rows(3), 8, world_size=4)
