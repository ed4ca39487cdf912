"""Kinks: where a function has no derivative, its gradient must lie between the derivatives from both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from handgrad.laws._agreement import Truth, truth
from handgrad.laws._finding import BrokenError, Evidence, NotApplicableError
from handgrad.laws._kinks import listed, require_gradients
from handgrad.laws._law import Law
from handgrad.laws._modes import gradients
from handgrad.laws._subject import Subject, has_a_value
from handgrad.laws._upstream import upstream

THRESHOLDS = (1.0, -1.0, 0.5, -0.5, 3.0, -3.0, 6.0, 2.0, -2.0)
"""Where the activations in use have their kinks."""


def at_zero(subject: Subject) -> str | None:
    """Put one entry, and two, of every argument to 0, and judge the gradient there."""
    chosen = ([0], [-1, -2])
    return _judge_at(subject, [subject.at([_with(p, places, [0.0, 0.0]) for p in subject.points]) for places in chosen])


def at_thresholds(subject: Subject) -> str | None:
    """Put entries to ±1, ±½, ±3, 6, ±2, each value once, and judge the gradient there."""
    places = range(len(THRESHOLDS))
    return _judge_at(subject, [subject.at([_with(point, places, THRESHOLDS) for point in subject.points])])


def at_ties(subject: Subject) -> str | None:
    """Let neighbours along a dimension tie in pairs, then two arguments of one shape; judge the gradient there."""
    dims = sorted({dim for point in subject.points if point.dim() for dim in (0, point.dim() - 1)})
    tied = [subject.at([_in_pairs(point, dim) for point in subject.points]) for dim in dims]
    shapes = [point.shape for point in subject.points]
    if len(set(shapes)) < len(shapes):
        first = {point.shape: point for point in reversed(subject.points)}
        tied.append(subject.at([first[point.shape].to(point) for point in subject.points]))
    return _judge_at(subject, tied)


def at_nothing_but_zeros(subject: Subject) -> None:
    """Put everything to 0: where the derivative from both sides is finite, the gradient must be."""
    zeros = subject.at([torch.zeros_like(point) for point in subject.points])
    if not has_a_value(zeros):
        raise NotApplicableError("it has no finite value where all its arguments are 0")
    leaves = zeros.leaves()
    outputs = zeros(*leaves)
    grads = gradients(outputs, leaves, upstream(outputs, subject.seed))
    estimate = truth(zeros).estimate
    for row, direction in enumerate(truth(zeros).directions):
        got = direction.along(grads) if direction.place is not None else 0.0
        if not abs(got) < torch.inf and bool(estimate.width[row].isfinite().all()):
            what = f"gradient of {subject.names[direction.place or 0]} where all arguments are 0"
            raise BrokenError(f"the {what} is not finite", Evidence(what, None, "finite", got))


def _judge_at(subject: Subject, candidates: Iterable[Subject]) -> str | None:
    kinks: list[str] = []
    judged = 0
    for candidate in candidates:
        if not has_a_value(candidate):
            continue
        leaves = candidate.leaves()
        outputs = candidate(*leaves)
        grads_y = upstream(outputs, subject.seed)
        try:
            known = truth(candidate)
        except NotApplicableError:
            continue
        try:
            require_gradients(candidate, gradients(outputs, leaves, grads_y), grads_y)
        except BrokenError:
            if _jumps(known):
                continue
            raise
        kinks += [f"{name} = {value:g}" for name, value in known.kinks_with_values]
        judged += 1
    if not judged:
        raise NotApplicableError("it has no finite value at such arguments")
    return (
        f"there is a kink at {listed(list(dict.fromkeys(kinks)))}; the gradient is between both sides"
        if kinks
        else None
    )


def _jumps(known: Truth) -> bool:
    """Whether the function has no derivative along a random direction, as a QR where columns tie."""
    dense = [row for row, direction in enumerate(known.directions) if direction.place is None]
    return not bool(known.estimate.width[dense].isfinite().all())


def _with(point: Tensor, places: Iterable[int], values: Iterable[float]) -> Tensor:
    flat = point.reshape(-1).clone()
    for place, value in zip(places, values, strict=False):
        if -len(flat) <= place < len(flat):
            flat[place] = value
    return flat.reshape(point.shape)


def _in_pairs(point: Tensor, dim: int) -> Tensor:
    """Every other slice the same as the one before it."""
    if dim >= point.dim():
        return point
    index = torch.arange(point.shape[dim], device=point.device)
    return point.index_select(dim, index - index % 2)


def _law(name: str, statement: str, judge: Callable[[Subject], str | None]) -> Law:
    return Law(name, "kinks", statement, judge)


LAWS = (
    _law("kink_zero", "At an entry 0 the gradient lies between the derivatives from both sides.", at_zero),
    _law(
        "kink_threshold",
        "At ±1, ±½, ±3, 6, ±2 the gradient lies between the derivatives from both sides.",
        at_thresholds,
    ),
    _law("kink_ties", "Where two entries tie, the gradient lies between the derivatives from both sides.", at_ties),
    _law("kink_all_zero", "Where everything is 0, the gradient is finite.", at_nothing_but_zeros),
)
