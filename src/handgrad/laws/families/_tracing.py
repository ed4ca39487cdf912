"""Tracing: forward and backward as one graph of aten operations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, get_args

from torch import Tensor

from handgrad.laws._equivalence import require_equivalent
from handgrad.laws._finding import NotApplicableError
from handgrad.laws._law import Law
from handgrad.laws._offering import offered
from handgrad.laws._pullback import Pullback, draws, pull, pull_by_func
from handgrad.laws._subject import Subject

Mode = Literal["real", "fake", "symbolic"]


def joint_graph(subject: Subject, mode: Mode) -> None:
    """The graph that ``make_fx`` records computes values and gradients at other points too."""
    _require_traceable(subject)

    def joint(*points: Tensor) -> list[Tensor | None]:
        pulled = pull(subject, [point.detach().requires_grad_() for point in points])
        return [*pulled.outputs, *pulled.grads]

    _require_right_elsewhere(subject, joint, mode, f"of the graph traced with {mode} tensors")


def func_graph(subject: Subject) -> None:
    """So does the graph of ``torch.func.vjp``."""
    _require_traceable(subject)
    grads_y = pull(subject, subject.leaves()).grads_y

    def joint(*points: Tensor) -> list[Tensor | None]:
        pulled = pull_by_func(subject, points, grads_y)
        return [*pulled.outputs, *pulled.grads]

    _require_right_elsewhere(subject, joint, "real", "of the graph traced from torch.func.vjp")


def _require_right_elsewhere(
    subject: Subject, joint: Callable[..., list[Tensor | None]], mode: Mode, where: str
) -> None:
    from torch.fx.experimental.proxy_tensor import make_fx

    with offered(f"make_fx ({mode} tensors)"):
        graph = make_fx(joint, tracing_mode=mode, _allow_non_fake_inputs=True)(*subject.points)
    elsewhere = subject.at([point.flip(tuple(range(point.dim()))) * 0.75 for point in subject.points])
    expected = pull(elsewhere, elsewhere.leaves())
    results = graph(*elsewhere.points)
    outputs, grads = results[: len(expected.outputs)], results[len(expected.outputs) :]
    got = Pullback(tuple(outputs), tuple(grads), expected.grads_y)
    require_equivalent(where, subject.names, got, expected)


def _require_traceable(subject: Subject) -> None:
    if draws(subject, subject.points):
        raise NotApplicableError("the function draws random numbers, and a graph draws others")


LAWS = (
    *(
        Law(
            f"traced_{mode}",
            "tracing",
            f"Forward and backward can be traced with {mode} tensors into one graph.",
            partial(joint_graph, mode=mode),
        )
        for mode in get_args(Mode)
    ),
    Law("traced_func", "tracing", "torch.func.vjp can be traced.", func_graph),
)
