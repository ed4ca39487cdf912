"""suite=training and suite=gpu: everybody trains the same, and only whole epochs after the first are counted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from benchmarks import epochs, gpu, scaling, training
from benchmarks.contest import AbsentError
from benchmarks.course import Course, Synthetic
from benchmarks.epochs import Epochs
from benchmarks.lightning_peers import InMemory
from benchmarks.problem import Network
from benchmarks.scaling import Point

TINY = Course((4, 16, 2), 8, 64, 2)


@pytest.fixture(autouse=True)
def leave_the_allocator_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or every test after these would keep what it frees."""
    monkeypatch.setattr(training, "keep_freed_memory", lambda: None)


def test_a_quick_run_trains_with_everybody_and_tells_all_goals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "QUICK", (TINY,))
    monkeypatch.setattr(scaling, "QUICK_ROWS", (400, 800))
    overview, details, growth, promised = training.run(quick=True).tables
    names = [*training.FITS, "the bare engine=tape", "the bare engine=loop"]
    assert [row[0] for row in overview.rows] == [row[0] for row in details.rows] == names
    assert details.title == "4-16-2, 8: 1 epochs of 8 steps"
    assert [row[:2] for row in growth.rows] == [["400", "2"], ["800", "3"]]
    assert [row[0] for row in promised.rows] == [
        "usual Lightning / handgrad",
        "handgrad / bare engine",
        "off a straight line",
        "memory / table",
    ]


@pytest.mark.parametrize("fit", [epochs.handgrad, epochs.usual, epochs.tuned])
def test_the_first_epoch_is_not_counted(fit: Callable[[Course, Synthetic], Epochs]) -> None:
    course = Course((4, 16, 2), 8, 16, 3)
    assert len(fit(course, course.data()).seconds) == 2


def test_who_arrives_at_another_loss_is_refused() -> None:
    fits = {"right": lambda course, data: Epochs([1.0], 0.5), "wrong": lambda course, data: Epochs([1.0], 0.6)}
    with pytest.raises(AbsentError, match=r"wrong trains something else: its loss is 0\.6000, not 0\.5000"):
        training.in_turn(TINY, fits, 1)


def test_everybody_trains_once_in_each_repeat() -> None:
    order: list[str] = []

    def fit(name: str) -> training.Fit:
        return lambda course, data: order.append(name) or Epochs([float(len(order))], 1.0)

    trained = training.in_turn(TINY, {name: fit(name) for name in "ab"}, 2)
    assert order == ["a", "b", "a", "b"]
    assert trained.epochs == {"a": [1.0, 3.0], "b": [2.0, 4.0]}
    assert trained.ratios("b", "a") == [2.0, 4 / 3]


def test_the_table_has_the_rows_that_were_asked_for() -> None:
    data = TINY.data().prepare()
    assert (len(data.train.y), len(data.validation.y), len(data.test.y)) == (64, 8, 8)
    assert TINY.steps == len(list(InMemory(data.train, 8))) == 8
    assert sorted(torch.cat([x[:, 0] for x, _ in InMemory(data.train, 8)]).tolist()) == sorted(
        data.train.x[:, 0].tolist()
    )


def points(seconds: Callable[[int], float]) -> list[Point]:
    return [Point(rows, 1, 0.0, seconds(rows), None) for rows in (10_000, 100_000, 1_000_000, 10_000_000)]


def test_a_fixed_cost_and_one_by_the_row_are_a_straight_line() -> None:
    straight = points(lambda rows: 0.02 + 3e-7 * rows)
    assert scaling.line(straight) == pytest.approx((0.02, 3e-7))
    assert scaling.largest_deviation(straight) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("power", [1.1, 0.9, 2])
def test_a_cost_that_bends_is_off_the_line(power: float) -> None:
    assert scaling.largest_deviation(points(lambda rows: rows**power)) > scaling.DEVIATION


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_its_suite_says_that_it_was_skipped() -> None:
    (table,) = gpu.run(quick=True).tables
    assert table.columns == ["skipped: torch finds no CUDA GPU on this machine"]


def test_what_is_measured_on_a_gpu_runs_on_a_processor_too() -> None:
    result = gpu.measure(torch.device("cpu"), TINY, Network((4, 8, 8, 2), 16), 2, quick=True)
    table, promised = result.tables
    assert [row[0] for row in table.rows] == ["handgrad", "torch eager"]
    assert [row[2] for row in promised.rows if row[0] == "torch.compile / handgrad"] == ["not measured"]
    assert {row[0] for row in promised.rows} >= {"engine=loop: rate / the products' rate"}


def test_the_operations_of_a_step_are_those_of_its_products() -> None:
    forward, weights, back = 3 * 4 * 5 + 3 * 5 * 6, 4 * 3 * 5 + 5 * 3 * 6, 3 * 6 * 5
    assert gpu._operations(Network((4, 5, 6), 3)) == 2 * (forward + weights + back)
