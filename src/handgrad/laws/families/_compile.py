"""Compilers: ``torch.compile`` into one graph gives what eager gives, with static and dynamic shapes, also of torch.func."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from handgrad.laws._compiling import compiled, compiled_subject, fresh_compiler, graphs
from handgrad.laws._equivalence import require_equivalent
from handgrad.laws._finding import NotApplicableError, NotOfferedError
from handgrad.laws._law import Law
from handgrad.laws._offering import offered
from handgrad.laws._pullback import Pullback, draws, pull, pull_by_backward
from handgrad.laws._subject import Subject
from handgrad.laws._upstream import upstream
from handgrad.laws.families._shapes import batched_places, with_rows

BACKENDS = ("eager", "aot_eager", "inductor")


def static(subject: Subject, backend: str) -> None:
    """Values and gradients of the compiled function are those of the function."""
    _require_nothing_drawn(subject)
    usual = pull(subject, subject.leaves())
    with fresh_compiler(), offered(f"torch.compile, backend {backend}"):
        got = pull(compiled_subject(subject, backend), subject.leaves(), usual.grads_y)
    require_equivalent(f"compiled by {backend}", subject.names, got, usual)


def dynamic(subject: Subject, backend: str) -> None:
    """One graph serves all batch sizes."""
    _require_nothing_drawn(subject)
    places = batched_places(subject)
    several = [with_rows(subject, places, rows) for rows in (4, 7, 5)]
    with fresh_compiler():
        function = compiled_subject(subject, backend, dynamic=True).fn
        for one in several:
            expected = pull(one, one.leaves())
            with offered(f"torch.compile with dynamic shapes, backend {backend}"):
                got = pull(_exchanged(one, function), one.leaves(), expected.grads_y)
            require_equivalent(f"compiled by {backend} with dynamic shapes", subject.names, got, expected)
        if graphs() > 1:
            raise NotOfferedError(f"it is compiled {graphs()} times for three batch sizes")


def _exchanged(subject: Subject, function: Callable[..., Any]) -> Subject:
    return replace(subject, fn=function)


def of_grad(subject: Subject, backend: str) -> None:
    """``torch.func.grad`` inside of what is compiled gives the same gradients."""
    _require_nothing_drawn(subject)
    usual = pull(subject, subject.leaves())
    places = tuple(range(len(subject.points)))

    def slopes(*points: Tensor) -> tuple[Tensor, ...]:
        grads: tuple[Tensor, ...] = torch.func.grad(_weighted(subject, usual), argnums=places)(*points)
        return grads

    with fresh_compiler(), offered(f"a compiled torch.func.grad, backend {backend}"):
        grads = compiled(slopes, backend)(*subject.points)
    got = Pullback(usual.outputs, tuple(grads), usual.grads_y)
    require_equivalent(f"by torch.func.grad compiled by {backend}", subject.names, got, usual)


def _weighted(subject: Subject, pulled: Pullback) -> Callable[..., Tensor]:
    """A number whose gradient is the pullback."""

    def number(*points: Tensor) -> Tensor:
        outputs = subject(*points)
        return torch.stack([(y * g).sum() for y, g in zip(outputs, pulled.grads_y, strict=True)]).sum()

    return number


def of_jvp(subject: Subject, backend: str) -> None:
    """``torch.func.jvp`` inside of what is compiled gives what it gives in eager."""
    tangents = tuple(upstream(subject.points, subject.seed))

    def along(*points: Tensor) -> tuple[Tensor, ...]:
        result: tuple[Tensor, ...] = torch.func.jvp(subject, points, tangents)[1]
        return result

    _require_same_outputs(subject, along, subject.points, backend, "torch.func.jvp")


def of_vmap(subject: Subject, backend: str) -> None:
    """So does ``torch.func.vmap``, of the function and of its gradient."""
    usual = pull(subject, subject.leaves())
    stacked = [torch.stack([point, point * 0.75]) for point in subject.points]
    places = tuple(range(len(stacked)))

    def mapped(*points: Tensor) -> tuple[Tensor, ...]:
        slopes = torch.func.grad(_weighted(subject, usual), argnums=places)
        return (*torch.func.vmap(lambda *xs: subject(*xs))(*points), *torch.func.vmap(slopes)(*points))

    _require_same_outputs(subject, mapped, stacked, backend, "torch.func.vmap")


def _require_same_outputs(
    subject: Subject, function: Callable[..., tuple[Tensor, ...]], points: Any, backend: str, what: str
) -> None:
    _require_nothing_drawn(subject)
    expected = tuple(y.detach() for y in function(*points))
    with fresh_compiler(), offered(f"a compiled {what}, backend {backend}"):
        got = tuple(y.detach() for y in compiled(function, backend)(*points))
    results = (Pullback(ys, (), tuple(expected)) for ys in (got, expected))
    require_equivalent(f"of {what} compiled by {backend}", (), *results)


def compiled_autograd(subject: Subject) -> None:
    """Compiled autograd, which compiles the whole backward, gives the same gradients."""
    from torch._dynamo import compiled_autograd as compiler

    _require_nothing_drawn(subject)
    usual = pull(subject, subject.leaves())
    with (
        fresh_compiler(),
        offered("compiled autograd"),
        compiler._enable(torch.compile(backend="eager", fullgraph=True)),
    ):
        got = pull_by_backward(subject, subject.leaves(), usual.grads_y)
    require_equivalent("by compiled autograd", subject.names, got, usual)


def _require_nothing_drawn(subject: Subject) -> None:
    if draws(subject, subject.points):
        raise NotApplicableError("the function draws random numbers, and a compiler draws others")


def _laws(name: str, statement: str, judge: Callable[[Subject, str], str | None]) -> tuple[Law, ...]:
    return tuple(
        Law(f"{name}_{backend}", "compile", f"{statement} ({backend})", _by(judge, backend), slow=True)
        for backend in BACKENDS
    )


def _by(judge: Callable[[Subject, str], str | None], backend: str) -> Callable[[Subject], str | None]:
    return lambda subject: judge(subject, backend)


LAWS = (
    *_laws("compiled", "Compiled into one graph, it gives what eager gives.", static),
    *_laws("dynamic", "One graph with dynamic shapes serves all batch sizes.", dynamic),
    *_laws("compiled_grad", "torch.func.grad of it can be compiled.", of_grad),
    *_laws("compiled_jvp", "torch.func.jvp of it can be compiled.", of_jvp),
    *_laws("compiled_vmap", "torch.func.vmap of it and of its gradient can be compiled.", of_vmap),
    Law("compiled_autograd", "compile", "Compiled autograd gives the same gradients.", compiled_autograd, slow=True),
)
