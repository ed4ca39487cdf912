"""What the ops cost: microseconds of a call, and forward with backward as a ratio to torch's own."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.allocator import keep_freed_memory
from benchmarks.report import Figure, Result, Table
from benchmarks.timing import Effort, pairs
from handgrad import ops

Op = Callable[..., Tensor]
Shape = tuple[int, int]

TINY: Shape = (2, 4)
SHAPES: tuple[Shape, ...] = ((256, 512), (4096, 1024))
MEMBERS = 4
CALL_LIMIT = 4.0  # µs over native


@dataclass(frozen=True)
class Case:
    """An op of ours beside torch's.

    Attributes:
        name: the op, then what is special.
        ours: the op; takes tensors only.
        native: what torch has for it, or the same expression in torch's ops.
        inputs: draws the tensors for a shape; those that require grad are the ones whose gradient is asked for.
        limit: the goal for the ratio.
    """

    name: str
    ours: Op
    native: Op
    inputs: Callable[[Shape], list[Tensor]]
    limit: float


def _one(shape: Shape) -> list[Tensor]:
    return [torch.randn(shape, requires_grad=True)]


def _layer(shape: Shape) -> list[Tensor]:
    size = shape[1]
    weight = torch.randn(size, size).div_(math.sqrt(size))
    return [*_one(shape), weight.requires_grad_(), torch.randn(size, requires_grad=True)]


def _ensemble(shape: Shape) -> list[Tensor]:
    """One x for all members, whose outputs together are as many as its columns."""
    outputs = max(1, shape[1] // MEMBERS)
    weight = torch.randn(MEMBERS, outputs, shape[1]).div_(math.sqrt(shape[1]))
    return [*_one(shape), weight.requires_grad_(), torch.randn(MEMBERS, outputs, requires_grad=True)]


def _of_each(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The linear maps of an ensemble in torch's batched product."""
    return torch.baddbmm(bias.unsqueeze(1), x.expand(len(weight), *x.shape), weight.mT)


def _values(shape: Shape) -> list[Tensor]:
    return [*_one(shape), torch.randn(shape)]


def _class_indices(shape: Shape) -> list[Tensor]:
    return [*_one(shape), torch.randint(shape[1], shape[:1])]


def _class_probabilities(shape: Shape) -> list[Tensor]:
    return [*_one(shape), torch.randn(shape).softmax(1)]


def _probabilities(shape: Shape) -> list[Tensor]:
    return [torch.randn(shape).softmax(1).requires_grad_(), torch.randn(shape).softmax(1)]


def _chapter(y: Tensor, target: Tensor) -> Tensor:
    """The chapter's cross entropy in torch's ops, with 0 · log 0 = 0 as ours; torch has no function for the whole."""
    return -torch.xlogy(target, y).sum() / y.numel()


CASES = (
    Case("linear", ops.linear, functional.linear, _layer, 1.05),
    Case("ensemble_linear", ops.ensemble_linear, _of_each, _ensemble, 1.05),
    Case("relu", ops.relu, torch.relu, _one, 1.5),
    Case("softmax", lambda x: ops.softmax(x, 1), lambda x: functional.softmax(x, 1), _one, 1.5),
    Case("log_softmax", lambda x: ops.log_softmax(x, 1), lambda x: functional.log_softmax(x, 1), _one, 1.5),
    Case("cross_entropy", ops.cross_entropy, functional.cross_entropy, _class_indices, 1.5),
    Case("cross_entropy of probabilities", ops.cross_entropy, functional.cross_entropy, _class_probabilities, 1.5),
    Case("cross_entropy_on_probabilities", ops.cross_entropy_on_probabilities, _chapter, _probabilities, 1.5),
    Case("mse_loss", ops.mse_loss, functional.mse_loss, _values, 1.5),
    Case("sigmoid", ops.sigmoid, torch.sigmoid, _one, 2.5),
    Case("tanh", ops.tanh, torch.tanh, _one, 2.5),
)


def run(quick: bool) -> Result:
    """Measure every op, at a tiny shape and at two real ones; in a quick run at the smaller one of them."""
    keep_freed_memory()
    torch.manual_seed(0)
    effort = Effort(0.1, 3) if quick else Effort(3.0, 7)
    calls = {case.name: _call(case, True, effort) for case in CASES}
    unrecorded = {case.name: _call(case, False, effort) for case in CASES}
    ratios = {
        shape: {case.name: measured_ratio(case, shape, effort) for case in CASES}
        for shape in (SHAPES[:1] if quick else SHAPES)
    }
    record = {
        "call_us_over_native": _records(calls),
        "call_us_over_native_no_grad": _records(unrecorded),
        "forward_backward_ratio": {f"{rows}x{columns}": _records(r) for (rows, columns), r in ratios.items()},
    }
    return Result(record, [_call_table(calls, unrecorded), *(_ratio_table(*item) for item in ratios.items())])


def _call(case: Case, recorded: bool, effort: Effort) -> Figure:
    """Microseconds of a forward call over native, at a shape where there is nothing to compute."""
    inputs = case.inputs(TINY)
    _require_agreement(case, inputs)
    with torch.set_grad_enabled(recorded):
        times = pairs(lambda: case.ours(*inputs), lambda: case.native(*inputs), effort)
    return Figure([(ours - native) * 1e6 for ours, native in times], CALL_LIMIT)


def measured_ratio(case: Case, shape: Shape, effort: Effort) -> Figure:
    """Forward and backward, ours over native."""
    inputs = case.inputs(shape)
    _require_agreement(case, inputs)
    times = pairs(_forward_backward(case.ours, inputs), _forward_backward(case.native, inputs), effort)
    return Figure([ours / native for ours, native in times], case.limit)


def _forward_backward(op: Op, inputs: list[Tensor]) -> Callable[[], Any]:
    wanted = [x for x in inputs if x.requires_grad]
    y = op(*inputs)
    upstream = torch.randn_like(y) if y.dim() else None
    return lambda: torch.autograd.grad(op(*inputs), wanted, upstream)


def _require_agreement(case: Case, inputs: list[Tensor]) -> None:
    """Two things are only worth comparing if they compute the same."""
    torch.testing.assert_close(case.ours(*inputs), case.native(*inputs))


def _records(figures: dict[str, Figure]) -> dict[str, Any]:
    return {name: figure.record() for name, figure in figures.items()}


def _call_table(recorded: dict[str, Figure], unrecorded: dict[str, Figure]) -> Table:
    rows = [[name, *figure.cells(2), *unrecorded[name].cells(2)[::3]] for name, figure in recorded.items()]
    return Table(
        f"A call, µs over native, shape {TINY}",
        ["op", "recorded", "middle half", "goal", "met", "no_grad", "met"],
        rows,
    )


def _ratio_table(shape: Shape, figures: dict[str, Figure]) -> Table:
    rows = [[name, *figure.cells(2)] for name, figure in figures.items()]
    note = "median of the ratios of paired repeats; cross_entropy_on_probabilities and ensemble_linear beside torch's ops for it"
    return Table(
        f"Forward + backward over native, {shape} float32", ["op", "ratio", "middle half", "goal", "met"], rows, note
    )
