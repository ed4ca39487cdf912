"""scripts/bench.py: what it writes, what it refuses, and that what it compares with is what it says. Nothing is timed."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable
from pathlib import Path

import mpmath
import pytest
import torch
from omegaconf import OmegaConf

from benchmarks import accuracy, ops, quality, timing
from benchmarks.quality import Scores
from benchmarks.report import Figure, Table, as_table
from commandline import register_resolvers
from composing import composed
from configuration import register
from handgrad import ops as public

Start = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.slow
def test_the_cheapest_suite_prints_its_tables_and_writes_everything_it_measured(start: Start, tmp_path: Path) -> None:
    done = start("bench.py", "suite=accuracy", "quick=true", "json=measured.json")
    assert done.returncode == 0, done.stderr
    assert "Slope of sigmoid, float32" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["measured.json"]
    written = json.loads((tmp_path / "measured.json").read_text())
    assert set(written) == {"machine", "versions", "commit", "options", "suites"}
    assert written["versions"]["torch"] == torch.__version__
    assert written["options"] == {
        "suite": "accuracy",
        "json": "measured.json",
        "quick": True,
        "threads": 1,
        "markdown": False,
        "readme": False,
    }
    measured = written["suites"]["accuracy"]
    assert [point["x"] for point in measured["points"]["tanh"]] == [5, 10, 17, 20, 40, 80]
    assert {(row["op"], row["dtype"]) for row in measured["largest"]} == {
        (op, kind) for op in ("sigmoid", "tanh") for kind in ("float32", "float64")
    }
    assert all(row["met"] and row["ours_ulp"] <= 4 < row["torch_ulp"] for row in measured["largest"])


def test_an_unknown_suite_is_answered_with_the_known_ones(start: Start) -> None:
    done = start("bench.py", "suite=acuracy")
    assert done.returncode == 1
    assert done.stderr == (
        "bench.py: suite must be one of ops, imports, accuracy, quality, steps, training, endtoend, memory, gpu, ensemble, all, "
        "got 'acuracy'. Did you mean accuracy?\n"
    )


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_measured(start: Start) -> None:
    done = start("bench.py", "suite=accuracy", "json=missing/measured.json")
    assert done.returncode == 1
    assert "json must be a file in a folder that exists, got 'missing/measured.json'" in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("x", [-20.0, -3.0, 0.0, 0.5, 17.0, 80.0])
@pytest.mark.parametrize(
    ("name", "function"),
    [("sigmoid", lambda x: 1 / (1 + mpmath.exp(-x))), ("tanh", mpmath.tanh)],
    ids=["sigmoid", "tanh"],
)
def test_the_exact_slope_is_the_limit_of_difference_quotients(
    name: str, function: Callable[[mpmath.mpf], mpmath.mpf], x: float
) -> None:
    with mpmath.workdps(300):
        step = mpmath.mpf(10) ** -120
        quotient = (function(x + step) - function(x - step)) / (2 * step)
        assert abs(accuracy.exact_slope(name, x) / quotient - 1) < mpmath.mpf(10) ** -55


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("exact", [1.0, 1.5, 0.75, 3e-17])
def test_neighbouring_floats_are_one_ulp_apart(dtype: torch.dtype, exact: float) -> None:
    value = torch.tensor(exact, dtype=dtype)
    above = torch.nextafter(value, torch.tensor(math.inf, dtype=dtype)).item()
    assert accuracy.error_in_ulp(above, mpmath.mpf(value.item()), dtype) == 1
    assert accuracy.error_in_ulp(value.item(), mpmath.mpf(value.item()), dtype) == 0


def test_below_the_smallest_normal_number_an_ulp_no_longer_shrinks() -> None:
    assert accuracy.error_in_ulp(0.0, mpmath.mpf(2) ** -149, torch.float32) == 1
    assert accuracy.error_in_ulp(0.0, mpmath.mpf(2) ** -160, torch.float32) == 2**-11


def test_every_public_op_has_a_case() -> None:
    functions = {name for name in vars(public) if callable(getattr(public, name)) and name.islower() and name[0] != "_"}
    assert {case.name.split()[0] for case in ops.CASES} == functions


@pytest.mark.parametrize("case", ops.CASES, ids=lambda case: case.name)
def test_ours_and_native_compute_the_same_values_and_gradients(case: ops.Case) -> None:
    torch.manual_seed(0)
    inputs = case.inputs((3, 5))
    wanted = [x for x in inputs if x.requires_grad]
    ours, native = case.ours(*inputs), case.native(*inputs)
    upstream = torch.randn_like(ours)
    torch.testing.assert_close(ours, native)
    torch.testing.assert_close(
        torch.autograd.grad(ours, wanted, upstream), torch.autograd.grad(native, wanted, upstream)
    )


def test_what_computes_something_else_is_not_compared() -> None:
    case = ops.Case("relu", public.relu, torch.sigmoid, lambda shape: [torch.randn(shape)], 1.0)
    with pytest.raises(AssertionError, match="not close"):
        ops.measured_ratio(case, (3, 5), timing.Effort(0, 1))


def test_in_a_repeat_each_comes_after_itself_and_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "_calls_in_a_block", lambda call, block: 2)
    order: list[str] = []
    measured = timing.pairs(lambda: order.append("ours"), lambda: order.append("native"), timing.Effort(0, 3))
    assert len(measured) == 3
    assert order == [name for name in ("ours", "native", "native", "ours") for _ in range(2)] * 3


def test_many_are_called_once_in_each_repeat_and_every_other_time_backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "_calls_in_a_block", lambda call, block: 1)
    order: list[str] = []
    measured = timing.in_turn({name: lambda name=name: order.append(name) for name in "abc"}, timing.Effort(0, 3))
    assert "".join(order) == "abccbaabc"
    assert {name: len(turns) for name, turns in measured.items()} == {"a": 3, "b": 3, "c": 3}


def test_a_short_call_is_warmed_up_and_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "_calls_in_a_block", lambda call, block: 4)
    calls: list[int] = []
    timing.in_turn({"a": lambda: calls.append(1)}, timing.Effort(0, 2))
    assert len(calls) == 2 * (1 + 4)


def test_a_figure_meets_its_goal_by_its_median() -> None:
    figure = Figure([1.0, 9.0, 2.0, 3.0, 4.0], limit=3.0)
    assert (figure.median, figure.quartiles, figure.met) == (3.0, (2.0, 4.0), True)
    assert figure.cells(1) == ["3.0", "2.0 to 4.0", "≤ 3", "yes"]
    assert Figure([1.0], limit=0.5).cells(1) == ["1.0", "1.0 to 1.0", "≤ 0.5", "NO"]
    assert Figure([1.0]).record()["met"] is None
    assert Figure([4.9, 5.0, 9.0], least=5.0).cells(1) == ["5.0", "5.0 to 7.0", "≥ 5", "yes"]
    assert Figure([4.9], least=5.0).met is False


def test_tables_come_out_as_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    Console(width=80).print(as_table(Table("t", ["op", "ratio"], [["relu", "1.2"]]), markdown=True))
    assert "| relu |   1.2 |" in capsys.readouterr().out


def test_differences_are_taken_seed_by_seed() -> None:
    record = quality.summary([Scores(90, 90, 92), Scores(80, 79, 79), Scores(70, 70, 71.5)])
    assert record["over_twin"]["mean"] == pytest.approx(1 / 3)
    assert record["over_sklearn"] == {"mean": pytest.approx(-5 / 6), "spread": pytest.approx(1.607, abs=1e-3)}
    assert record["no_worse_than_twin"]
    assert record["within_a_point_of_sklearn"]


def test_a_point_below_scikit_learn_and_any_systematic_lag_behind_the_twin_are_told() -> None:
    record = quality.summary([Scores(90, 90.5, 91.1), Scores(80, 80.5, 81.1)])
    assert not record["no_worse_than_twin"]
    assert not record["within_a_point_of_sklearn"]


def test_one_seed_gives_no_verdict() -> None:
    record = quality.summary([Scores(90, 80, 100)])
    assert record["over_sklearn"] == {"mean": -10, "spread": 0}
    assert (record["no_worse_than_twin"], record["within_a_point_of_sklearn"]) == (None, None)


def test_the_measured_training_is_the_default_one_without_its_logs(tmp_path: Path) -> None:
    register()
    register_resolvers()
    cfg = quality.default_training("digits", 3, str(tmp_path))
    assert [name for name, callback in cfg.callbacks.items() if callback] == ["checkpoint"]
    default = composed("train", ["data=digits", "seed=3", f"output_dir={tmp_path}"])
    for part in ("data", "model", "loss", "optimizer", "scheduler", "seed"):
        assert cfg[part] == default[part]
    assert cfg.trainer.max_epochs == default.trainer.max_epochs
    assert cfg.callbacks.checkpoint == default.callbacks.checkpoint
    assert OmegaConf.to_container(cfg.logger) == {}


@pytest.mark.slow
def test_the_twin_is_the_same_net_in_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def look(data: object, task: torch.nn.Module, trainer: object) -> dict[str, float]:
        seen.append((task.net, task.loss))
        return {"test/accuracy": 0.5}

    monkeypatch.setattr("handgrad.training.train", look)
    register()
    register_resolvers()
    cfg = quality.default_training("iris", 1, str(tmp_path))
    assert [quality.trained(cfg, twin=twin) for twin in (False, True)] == [50, 50]
    (ours, _), (twin, loss) = seen
    assert {type(module).__module__.split(".")[0] for module in [*twin, loss]} == {"torch"}
    torch.testing.assert_close([*ours.parameters()], [*twin.parameters()], rtol=0, atol=0)
