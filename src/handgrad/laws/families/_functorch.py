"""torch.func: its transforms, and every nesting of forward and reverse to order 3."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product

import torch
from torch import Tensor
from torch.func import grad, grad_and_value, jacfwd, jacrev, jvp, linearize

from handgrad.laws._agreement import (
    RELATIVE,
    Truth,
    require_forward,
    require_reverse,
    slackened,
    truth,
    truth_of_gradients,
)
from handgrad.laws._compare import require_close, require_within
from handgrad.laws._differences import Estimate, differences
from handgrad.laws._direction import Direction
from handgrad.laws._finding import BrokenError, NotApplicableError
from handgrad.laws._kinks import beside_kinks
from handgrad.laws._law import Law
from handgrad.laws._modes import func_pullback, gradients, unless_refused_in_place
from handgrad.laws._offering import offered
from handgrad.laws._subject import Subject
from handgrad.laws._upstream import upstream

Scalar = Callable[..., Tensor]
Matrix = Callable[..., Sequence[Sequence[Tensor]]]

WORDS = tuple("".join(word) for order in (1, 2, 3) for word in product("FR", repeat=order))
ENTRIES = 128
"""Of as many entries whole Jacobians and Hessians are asked for."""


def func_grad(subject: Subject) -> None:
    """Compare ``grad_and_value`` of the outputs, weighted to a scalar, with differences."""
    found, value = grad_and_value(_scalar(subject), _arguments(subject))(*subject.points)
    grads_y = upstream(subject(*subject.points), subject.seed)
    require_reverse(truth(subject), found, grads_y)
    expected = _scalar(subject)(*subject.points)
    require_close("value", value, expected, RELATIVE * torch.finfo(expected.dtype).eps * float(expected.abs().detach()))


def func_vjp(subject: Subject) -> None:
    """Compare the pullback of ``vjp`` with differences."""
    outputs, pull = func_pullback(subject, subject.points)
    grads_y = upstream(outputs, subject.seed)
    require_reverse(truth(subject), pull(tuple(grads_y)), grads_y)


def func_jvp(subject: Subject) -> None:
    """Compare the tangents of ``jvp`` with differences along random directions."""
    require_forward(truth(subject), lambda tangents: jvp(subject, subject.points, tuple(tangents))[1])


def func_linearize(subject: Subject) -> None:
    """Compare the tangents of the linear map of ``linearize`` with differences along random directions."""
    if subject.reseeds:
        raise NotApplicableError("the function draws random numbers, and the traced map draws them again")
    with warnings.catch_warnings(), offered("torch.func.linearize, which traces it"):
        warnings.simplefilter("ignore")  # torch.func.linearize itself
        _, push = linearize(subject, *subject.points)
        require_forward(truth(subject), lambda tangents: push(*tangents))


def func_jacobian(transform: Callable[..., Matrix], subject: Subject) -> None:
    """Compare whole Jacobians with differences, entry by entry."""
    _require_few(subject)
    rows = transform(subject, _arguments(subject))(*subject.points)
    _require_matrix(truth(subject), rows, "Jacobian")


def func_hessian(outer: Callable[..., Matrix], inner: Callable[..., Scalar], subject: Subject) -> None:
    """Compare whole Hessians of the outputs, weighted to a scalar, with differences of the gradient, entry by entry."""
    _require_few(subject)
    arguments = _arguments(subject)
    rows = outer(inner(_scalar(subject), arguments), arguments)(*subject.points)
    _require_matrix(truth_of_gradients(subject), rows, "Hessian")


def func_nesting(word: str, subject: Subject) -> None:
    """Differentiate along one direction a letter, R in reverse and F in forward mode; compare with differences of the tape's."""
    function = _scalar(subject)
    for order, letter in enumerate(reversed(word)):
        function = (_forward if letter == "F" else _reverse)(function, order, subject.seed)
    got = function(*subject.points).detach()
    expected = subject.once(f"derivative of order {len(word)}", lambda own: _expected(own, len(word)))
    if not expected.width.isfinite().all():
        raise NotApplicableError("finite differences do not converge here, so there is nothing to compare with")
    interval = expected.value, *slackened(expected, torch.finfo(got.dtype).eps)
    try:
        require_within(f"derivative {word}", got, *(t.reshape(()) for t in interval))
    except BrokenError as broken:
        if float(got) == 0:
            raise BrokenError(
                f"the derivative {word} is silently zero, and nothing refuses", *broken.evidence
            ) from None
        raise


def _expected(subject: Subject, order: int) -> Estimate:
    """The derivative of the given order by differences of the order below, which the tape gives."""
    function = _scalar(subject)
    for below in range(order - 1):
        function = _by_tape(function, below, subject.seed)
    direction = Direction(tangents=tuple(_direction(subject.points, order - 1, subject.seed)))
    return differences(lambda *xs: (function(*xs),), subject.points, [direction], subject.near_kink)


def _scalar(subject: Subject) -> Scalar:
    def weighted(*xs: Tensor) -> Tensor:
        outputs = subject(*xs)
        terms = [(y * weight).sum() for y, weight in zip(outputs, upstream(outputs, subject.seed), strict=True)]
        return torch.stack(terms).sum()

    return weighted


def _direction(xs: Sequence[Tensor], order: int, seed: int) -> list[Tensor]:
    return upstream(xs, seed + 100 * (order + 1))


def _forward(function: Scalar, order: int, seed: int) -> Scalar:
    def tangent(*xs: Tensor) -> Tensor:
        pushed: Tensor = jvp(function, xs, tuple(_direction(xs, order, seed)))[1]
        return pushed

    return tangent


def _reverse(function: Scalar, order: int, seed: int) -> Scalar:
    return lambda *xs: _dot(grad(function, argnums=tuple(range(len(xs))))(*xs), _direction(xs, order, seed))


def _by_tape(function: Scalar, order: int, seed: int) -> Scalar:
    def slope(*xs: Tensor) -> Tensor:
        with torch.enable_grad():
            leaves = [x if x.requires_grad else x.detach().requires_grad_() for x in xs]
            value = function(*leaves)
            found = gradients([value], leaves, [torch.ones_like(value)], create_graph=True)
        return _dot(found, _direction(xs, order, seed))

    return slope


def _dot(grads: Sequence[Tensor], direction: Sequence[Tensor]) -> Tensor:
    return torch.stack([(g * v).sum() for g, v in zip(grads, direction, strict=True)]).sum()


def _arguments(subject: Subject) -> tuple[int, ...]:
    return tuple(range(len(subject.points)))


def _require_few(subject: Subject) -> None:
    number = sum(point.numel() for point in subject.points)
    if number > ENTRIES:
        raise NotApplicableError(f"a whole matrix is only asked for up to {ENTRIES} entries, here are {number}")


def _require_matrix(known: Truth, rows: Sequence[Sequence[Tensor]], what: str) -> None:
    """Compare ``rows[output][argument]`` with the differences of all outputs along every entry of every argument."""
    for place, (name, point) in enumerate(zip(known.names, known.points, strict=True)):
        if place >= len(rows[0]):
            return
        chosen = torch.tensor([n for n, direction in enumerate(known.directions) if direction.place == place])
        entries = [known.directions[int(n)].entry for n in chosen]
        columns = torch.cat([row[place].detach().double().cpu().reshape(-1, point.numel())[:, entries] for row in rows])
        estimate = known.estimate.rows(chosen)
        low, high = slackened(estimate, known.epsilon)
        require_within(f"{what} by {name}, (output, entry)", columns, estimate.value.T, low.T, high.T)


def _law(name: str, statement: str, judge: Callable[[Subject], str | None]) -> Law:
    return Law(name, "functorch", statement, beside_kinks(unless_refused_in_place(judge)))


LAWS = (
    _law("func_grad", "torch.func.grad gives the derivative.", func_grad),
    _law("func_vjp", "torch.func.vjp gives the derivative.", func_vjp),
    _law("func_jvp", "torch.func.jvp gives the derivative.", func_jvp),
    _law("func_linearize", "torch.func.linearize gives the derivative.", func_linearize),
    _law("func_jacrev", "torch.func.jacrev gives the Jacobian.", partial(func_jacobian, jacrev)),
    _law("func_jacfwd", "torch.func.jacfwd gives the Jacobian.", partial(func_jacobian, jacfwd)),
    _law(
        "func_hessian",
        "torch.func.hessian (jacfwd of jacrev) gives the Hessian.",
        partial(func_hessian, jacfwd, jacrev),
    ),
    _law("func_hessian_reverse", "jacrev of jacrev gives the Hessian.", partial(func_hessian, jacrev, jacrev)),
    _law("func_hessian_forward", "jacfwd of jacfwd gives the Hessian.", partial(func_hessian, jacfwd, jacfwd)),
    _law("func_hessian_mixed", "jacrev of jacfwd gives the Hessian.", partial(func_hessian, jacrev, jacfwd)),
    *(
        _law(
            f"func_{word}",
            f"The nesting {word} (F: jvp, R: grad, the outermost first) gives the derivative.",
            partial(func_nesting, word),
        )
        for word in WORDS
    ),
)
