"""What a training step takes of memory at its peak, and a cross entropy over many classes: ours beside torch.nn."""

from __future__ import annotations

from benchmarks.apart import apart
from benchmarks.goals import Goal, goal_table, with_summary
from benchmarks.memory_work import CASES, NATIVE, QUICK, Case
from benchmarks.report import Figure, Result, Table
from benchmarks.resident import can_be_measured
from handgrad.engine import ENGINES

OURS, TAPE = "loop", "tape"
PEAK_LIMIT, TIME_LIMIT = 0.6, 1.0  # of the cross entropy, over torch's
MIB = 2**20


def run(quick: bool) -> Result:
    """Measure the peaks, each contender in its own process, and the time of the cross entropy; a quick run knows two."""
    cases, repeats = QUICK if quick else CASES, 1 if quick else 3
    names = [NATIVE, *([OURS] if quick else ENGINES)]
    peaks: dict[str, dict[str, list[int]]] = {}
    if can_be_measured():
        peaks = {name: apart("memory_work", name, str(int(quick)), str(repeats)) for name in names}
    goals = [*_goals(peaks, cases), *_time_goals(cases[-1], quick)]
    promised = goal_table(goals, "peaks over torch.nn's; times of forward and backward, medians of ratios by repeats")
    table = _table(peaks, cases)
    record = {"bytes": peaks, "goals": [goal.record() for goal in goals]}
    return Result(record, [table, promised], [with_summary(table, goals)])


def _time_goals(case: Case, quick: bool) -> list[Goal]:
    """What the cross entropy costs as in anybody's process, and where new pages cost nothing."""
    ways = {"": "0", ", freed memory kept": "1"}
    ratios = {way: apart("cross_entropy_time", str(int(quick)), keep) for way, keep in ways.items()}
    return [Goal(f"time, ours / torch's{way}", case.name, Figure(own, TIME_LIMIT)) for way, own in ratios.items()]


def _goals(peaks: dict[str, dict[str, list[int]]], cases: tuple[Case, ...]) -> list[Goal]:
    """Goal e, but for the time."""
    steps = [case for case in cases if case.activation]
    own = [name for name in peaks if name not in (NATIVE, TAPE)] or [OURS]
    goals = [
        Goal(f"peak, {name} / torch.nn", case.name, _over(peaks, name, case, 1.0)) for case in steps for name in own
    ]
    logits = [case for case in cases if not case.activation]
    return [*goals, *(Goal("peak, ours / torch's", case.name, _over(peaks, OURS, case, PEAK_LIMIT)) for case in logits)]


def _over(peaks: dict[str, dict[str, list[int]]], name: str, case: Case, limit: float) -> Figure | None:
    if not peaks:
        return None
    own, native = (peaks[side][case.name] for side in (name, NATIVE))
    return Figure([a / b for a, b in zip(own, native, strict=True)], limit)


def _table(peaks: dict[str, dict[str, list[int]]], cases: tuple[Case, ...]) -> Table:
    rows = [[_label(name), *(_cell(of_name[case.name]) for case in cases)] for name, of_name in peaks.items()]
    note = (
        "what a process holds at the peak of two steps of plain SGD beyond network and data, in pages as Linux counts them, "
        "with what MKL and oneDNN take and what is kept; a first run beforehand does not count"
    )
    if not peaks:
        note = "not measured: the peak of a process can be reset on Linux only"
    return Table("Memory at the peak of a training step, MiB", ["", *(case.name for case in cases)], rows, note)


def _label(name: str) -> str:
    return name if name == NATIVE else f"engine={name}"


def _cell(values: list[int]) -> str:
    return f"{Figure([value / MIB for value in values]).median:.0f}"
