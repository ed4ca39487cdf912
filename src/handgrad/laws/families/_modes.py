"""Modes: where the tape is off, anomaly mode, threads, hooks."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from handgrad.laws._equivalence import require_equivalent
from handgrad.laws._finding import BrokenError, NotApplicableError
from handgrad.laws._law import Law
from handgrad.laws._pullback import Pullback, call, draws, pull, pull_by_backward, pull_by_func, pull_from
from handgrad.laws._subject import Subject
from handgrad.laws._threads import in_threads

THREADS = 6

Mode = Callable[[], AbstractContextManager[Any]]


def without_tape(subject: Subject, mode: Mode) -> None:
    """The values are the same, and nothing requires a gradient."""
    usual = pull(subject, subject.leaves())
    with mode():
        outputs = call(subject, [point.clone().requires_grad_(mode is torch.no_grad) for point in subject.points])
        values = tuple(y.clone() for y in outputs)
    if any(y.requires_grad and not y._is_view() for y in outputs):  # a view asks what its base asks
        raise BrokenError(f"an output requires a gradient under {mode.__name__}")
    got = replace(usual, outputs=values)
    require_equivalent(f"under {mode.__name__}", subject.names, got, usual)


def func_without_tape(subject: Subject, mode: Mode) -> None:
    """``torch.func`` differentiates also where the tape is off."""
    usual = pull(subject, subject.leaves())
    with mode():
        points = [point.clone() for point in subject.points]
        inside = pull_by_func(subject, points, [g.clone() for g in usual.grads_y])
        outputs = tuple(y.clone() for y in inside.outputs)
        grads = tuple(g if g is None else g.clone() for g in inside.grads)
    got = Pullback(outputs, grads, usual.grads_y)
    require_equivalent(f"by torch.func under {mode.__name__}", subject.names, got, usual)


def func_in_inference_mode(subject: Subject) -> None:
    """The same in inference mode, where older versions of torch (2.11) give zeros for their own functions and refuse others."""
    with torch.inference_mode():
        slope = torch.func.grad(torch.exp)(torch.zeros(()))
    if not slope:
        raise NotApplicableError("this version of torch.func differentiates nothing in inference mode")
    func_without_tape(subject, torch.inference_mode)


def escaped(subject: Subject) -> None:
    """A tensor that escaped from a transform is an ordinary one."""
    usual = pull(subject, subject.leaves())
    seen: list[Tensor] = []

    def leak(*tensors: Tensor) -> Tensor:
        seen.extend(tensors)
        return torch.stack([y.sum() for y in call(subject, tensors)]).sum()

    torch.func.grad(leak, argnums=tuple(range(len(subject.points))))(*subject.points)
    with torch.no_grad():
        outputs = call(subject, seen[: len(subject.points)])
    got = replace(usual, outputs=tuple(y.detach() for y in outputs))
    require_equivalent("of tensors that escaped from torch.func.grad", subject.names, got, usual)


def anomaly(subject: Subject) -> None:
    """Anomaly mode changes nothing."""
    usual = pull(subject, subject.leaves())
    finite = not any(bool(grad.isnan().any()) for grad in usual.grads if grad is not None)
    with torch.autograd.detect_anomaly(check_nan=finite):
        got = pull(subject, subject.leaves(), usual.grads_y)
    require_equivalent("in anomaly mode", subject.names, got, usual)


def threads(subject: Subject) -> None:
    """Threads that run forward and backward at once do not disturb each other."""
    _require_nothing_drawn(subject)
    several = _several(subject)
    expected = [pull(one, one.leaves()) for one in several]
    found = in_threads(lambda k: pull(several[k], several[k].leaves()), THREADS)
    for got, one in zip(found, expected, strict=True):
        require_equivalent("in threads", subject.names, got, one, expected[0])


def transforms_in_threads(subject: Subject) -> None:
    """Nor do threads that use ``torch.func``: reverse mode; torch's level of forward mode is one for all threads."""
    _require_nothing_drawn(subject)
    several = _several(subject)
    expected = [pull(one, one.leaves()) for one in several]

    found = in_threads(lambda k: pull_by_func(several[k], several[k].points, expected[k].grads_y), THREADS)
    for got, one in zip(found, expected, strict=True):
        require_equivalent("by torch.func in threads", subject.names, got, one, expected[0])


def _several(subject: Subject) -> list[Subject]:
    """One for each thread, at points of its own; of a module a copy, for its parameters are exchanged while it runs."""
    moved = [subject.at([point * (1 - k / 16) for point in subject.points]) for k in range(THREADS)]
    return [replace(one, fn=copy.deepcopy(one.fn) if isinstance(one.fn, nn.Module) else one.fn) for one in moved]


def _require_nothing_drawn(subject: Subject) -> None:
    if draws(subject, subject.points):
        raise NotApplicableError("the function draws random numbers, and the generator is one for all threads")


def hooks(subject: Subject) -> None:
    """A hook on an output changes the gradient before the rule sees it; hooks on nodes are called."""
    usual = pull(subject, subject.leaves())
    leaves = subject.leaves()
    outputs = call(subject, leaves)
    seen: list[str] = []
    for y in outputs:
        if y.grad_fn is not None:
            y.register_hook(lambda grad: 2 * grad)
            y.grad_fn.register_prehook(lambda grads: seen.append("before"))
            y.grad_fn.register_hook(lambda grads, grads_y: seen.append("after"))
    got = pull_from(outputs, leaves, usual.grads_y)
    doubled = replace(usual, grads=tuple(None if g is None else 2 * g for g in usual.grads))
    require_equivalent("with a hook on the output that doubles", subject.names, got, doubled)
    if not {"before", "after"} <= set(seen):
        raise BrokenError("hooks on the node of the output are not called")


def accumulation(subject: Subject) -> None:
    """Two backward passes add up in ``grad``, which may be a view of the first upstream gradient: each has its own."""
    usual = pull(subject, subject.leaves())
    leaves = subject.leaves()
    first, second = ([g.clone() for g in usual.grads_y] for _ in range(2))
    pull_by_backward(subject, leaves, first)
    got = pull_by_backward(subject, leaves, second)
    doubled = replace(usual, grads=tuple(None if g is None else 2 * g for g in usual.grads))
    require_equivalent("accumulated in grad", subject.names, got, doubled)


LAWS = (
    Law("no_grad", "modes", "Under no_grad the values are the same.", partial(without_tape, mode=torch.no_grad)),
    Law(
        "inference_mode",
        "modes",
        "In inference mode the values are the same.",
        partial(without_tape, mode=torch.inference_mode),
    ),
    Law(
        "func_no_grad",
        "modes",
        "torch.func differentiates under no_grad.",
        partial(func_without_tape, mode=torch.no_grad),
    ),
    Law(
        "func_inference_mode",
        "modes",
        "torch.func differentiates in inference mode.",
        func_in_inference_mode,
    ),
    Law("escaped", "modes", "A tensor that escaped from a transform is an ordinary one.", escaped),
    Law("anomaly", "modes", "Anomaly mode changes nothing.", anomaly),
    Law("threads", "modes", "Threads do not disturb each other.", threads),
    Law("func_threads", "modes", "Threads that use torch.func do not disturb each other.", transforms_in_threads),
    Law("hooks", "modes", "Hooks on outputs and nodes work.", hooks),
    Law("accumulation", "modes", "Gradients accumulate.", accumulation),
)
