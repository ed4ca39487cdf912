"""suite=steps: everybody computes the same, and who does not is not timed. Nothing is timed here either."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec

import pytest
import torch

from benchmarks import peers, steps
from benchmarks.contenders import FLOOR, OURS, PEERS, SLOW_TO_BUILD
from benchmarks.contest import AbsentError, Builder, Contender, Timed, contest
from benchmarks.goals import Goal, goal_table, with_summary
from benchmarks.problem import Problem
from benchmarks.report import Figure, Table
from benchmarks.timing import Effort, Turn

SMALL = Problem((5, 7, 6, 3), 8, 6)
TWO_CLASSES = Problem((4, 3, 2), 5, 4)
ONCE = Effort(0, 1)

QUICK_TO_BUILD = {name: build for name, build in (OURS | PEERS).items() if name not in SLOW_TO_BUILD}


@pytest.fixture(autouse=True)
def leave_the_allocator_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or every test after these would keep what it frees."""
    monkeypatch.setattr(steps, "keep_freed_memory", lambda: None)


@pytest.mark.parametrize("problem", [SMALL, TWO_CLASSES], ids=["three layers", "two classes"])
@pytest.mark.parametrize("name", QUICK_TO_BUILD)
def test_who_takes_part_computes_the_right_losses_and_parameters(name: str, problem: Problem) -> None:
    if name.startswith("JAX") and not find_spec("jax"):
        pytest.skip("jax is not installed")
    timed = contest(problem, {name: QUICK_TO_BUILD[name]}, {}, ONCE)
    assert timed.absent == {}
    assert set(timed.turns) == {name}


def faster(problem: Problem) -> Contender:
    """Twice the learning rate: the first loss is right, the second is not."""

    class Hurried(Problem):
        learning_rate = 0.02

    return peers.by_hand(Hurried(problem.sizes, problem.batch, problem.steps))


def idle(problem: Problem) -> Contender:
    """All losses are right, but nothing was learnt."""
    return replace(peers.eager(problem), parameters=lambda: problem.start)


def averaged(problem: Problem) -> Contender:
    """Everything is learnt, and only the mean of the losses told."""
    right = peers.eager(problem)
    return replace(right, advance=lambda: right.advance().mean())


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (faster, "computes something else: losses "),
        (averaged, "computes something else: losses "),
        (idle, "computes something else: parameter 0 is off by 1.0e+00 of its update"),
    ],
)
def test_who_computes_something_else_is_named_and_not_timed(wrong: Builder, reason: str) -> None:
    timed = contest(SMALL, {"right": peers.eager, "wrong": wrong}, {}, ONCE)
    assert set(timed.turns) == {"right"}
    assert timed.absent["wrong"].startswith(reason)


def test_who_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    timed = contest(SMALL, {"JAX jit": peers.jitted}, {}, ONCE)
    assert timed.absent == {"JAX jit": "jax is not installed: pip install -e '.[bench]'"}


def test_the_products_are_those_of_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[tuple[torch.Size, torch.Size]] = []
    monkeypatch.setattr("benchmarks.peers._products._quicker", lambda a, b: lambda: taken.append((a.shape, b.shape)))
    peers.products(Problem((5, 7, 3), 8, 2))()
    forward, weights, back = (
        [((8, 5), (5, 7)), ((8, 7), (7, 3))],
        [((7, 8), (8, 5)), ((3, 8), (8, 7))],
        [((8, 3), (3, 7))],
    )
    assert sorted(taken) == sorted([*forward, *weights, *back] * 2)


def test_a_quick_run_tells_of_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "QUICK", (Problem((4, 16, 2), 4, 2), Problem((1024, 4096, 4096, 10), 1, 1)))
    monkeypatch.setattr(steps, "measure", only_tiny(steps.measure))
    result = steps.run(quick=True)
    overview, *_, promised = result.tables
    named = {row[0] for row in overview.rows}
    assert named >= {"engine=tape", "engine=loop", "torch eager", "scikit-learn", "NumPy by hand", FLOOR}
    assert "torch.compile: left out of a quick run" in overview.note
    assert [row[:2] for row in promised.rows] == [
        ["torch eager / loop", "4-16-2, 4"],
        ["loop / quickest rival", "4-16-2, 4"],
        ["best engine / JAX scan", "4-16-2, 4"],
        ["loop / the products", "1024-4096-4096-10, 1"],
        ["loop / quickest rival", "1024-4096-4096-10, 1"],
    ]


def only_tiny(measure: Callable[..., Timed]) -> Callable[..., Timed]:
    """Measure the small network; of the large one only tell that nobody came."""

    def run(problem: Problem, builders: dict[str, Builder], effort: Effort) -> Timed:
        if problem.sizes[0] < 1000:
            return measure(problem, builders, ONCE)
        return Timed(problem, {FLOOR: [Turn(1.0, 1.0)]}, dict.fromkeys(builders, "nobody"))

    return run


def test_a_ratio_is_taken_within_a_repeat() -> None:
    turns = {"ours": [Turn(1.0, 1.0), Turn(10.0, 1.0)], "theirs": [Turn(2.0, 1.0), Turn(20.0, 1.0)]}
    own = Timed(SMALL, turns, {})
    assert own.ratios("theirs", "ours") == [2.0, 2.0]
    assert own.steps("ours") == [1 / 6, 10 / 6]


def test_the_readme_says_which_goals_are_missed() -> None:
    goals = [
        Goal("a / b", "here", Figure([1.0], 1.0)),
        Goal("b / c", "here", Figure([2.0, 2.5, 9.0], 1.0)),
        Goal("c / d", "there", None),
        Goal("d / e", "there", Figure([2.0], least=3.0)),
    ]
    note = with_summary(Table("t", ["a"], [], "medians"), goals).note
    assert note == "medians. 1 of 3 goals are met; not b / c at here (2.50, ≤ 1); not d / e at there (2.00, ≥ 3)"


@pytest.mark.parametrize(("cores", "warns"), [(1.0, False), (1.9, False), (0.4, True)])
def test_a_busy_machine_is_told_of(cores: float, warns: bool) -> None:
    own = Timed(SMALL, {"ours": [Turn(1.0, cores)]}, {})
    note = steps._overview([own], ["ours"], {}).note
    assert ("THE MACHINE WAS BUSY, 40% of a core was ours: repeat" in note) is warns


def test_who_is_missing_on_one_network_only_is_told_with_its_name() -> None:
    turns = {"ours": [Turn(1.0, 1.0)]}
    both = [Timed(SMALL, turns, {"a": "not here"}), Timed(TWO_CLASSES, turns, {"a": "not here", "b": "something else"})]
    note = steps._overview(both, ["ours", "a", "b"], {}).note
    assert note.endswith("; a: not here; b (4-3-2, 5): something else")


def test_a_goal_of_which_a_side_is_missing_is_neither_met_nor_missed() -> None:
    table = goal_table([Goal("a / b", "here", None), Goal("b / a", "here", Figure([2.0], 1.0))], "")
    assert table.rows == [
        ["a / b", "here", "not measured", "", "", ""],
        ["b / a", "here", "2.00", "2.00 to 2.00", "≤ 1", "NO"],
    ]


def test_an_engine_that_cannot_do_it_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Problem, "net", lambda self: torch.nn.Sequential(torch.nn.Linear(2, 2)))
    with pytest.raises(AbsentError, match=r"expected a handgrad\.nn\.MLP.*use engine=tape"):
        peers.engine("loop")(SMALL)
