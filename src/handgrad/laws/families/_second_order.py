"""Second and third derivatives in every mode. A refusal is not offered; a silent zero is broken."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from handgrad.laws._agreement import RELATIVE, Truth, require_forward, require_reverse, truth_of, truth_of_gradients
from handgrad.laws._compare import inner, magnitude
from handgrad.laws._cost import BACKWARD
from handgrad.laws._finding import BrokenError, Evidence
from handgrad.laws._kinks import beside_kinks
from handgrad.laws._law import Law
from handgrad.laws._modes import Function, dual, gradients, pullback, pushforward, unless_refused_in_place
from handgrad.laws._subject import Subject
from handgrad.laws._upstream import upstream


def reverse_over_reverse(subject: Subject) -> None:
    """Differentiate the gradients by the arguments and by the upstream gradients, with the tape (``create_graph=True``)."""
    _require_reverse(_gradients(subject), truth_of_gradients(subject), subject.seed)


def forward_over_reverse(subject: Subject) -> None:
    """Push tangents of the arguments and of the upstream gradients through the gradients."""
    known, function = truth_of_gradients(subject), _gradients(subject)
    require_forward(known, lambda tangents: dual(function, _leaves(known.points), tangents), "tangent of gradient {}")


def reverse_over_forward(subject: Subject) -> None:
    """Differentiate the tangents of the outputs by the arguments and by their tangents, with the tape."""
    _require_reverse(pushforward(subject, len(subject.points)), _truth_of_tangents(subject), subject.seed)


def forward_over_forward(subject: Subject) -> None:
    """Push tangents through the tangents of the outputs (``torch.func.jvp`` twice)."""
    known, number = _truth_of_tangents(subject), len(subject.points)

    def once_pushed(*tensors: Tensor) -> tuple[Tensor, ...]:
        pushed: tuple[Tensor, ...] = torch.func.jvp(subject, tensors[:number], tensors[number:])[1]
        return pushed

    require_forward(
        known,
        lambda tangents: torch.func.jvp(once_pushed, known.points, tuple(tangents))[1],
        "second tangent of output {}",
    )


def hessian_is_symmetric(subject: Subject) -> None:
    """⟨v, H w⟩ = ⟨w, H v⟩, by the tape; there is no step that a tolerance would depend on."""
    leaves = subject.leaves()
    outputs = subject(*leaves)
    grads = gradients(outputs, leaves, upstream(outputs, subject.seed), create_graph=True)
    v, w = (upstream(leaves, subject.seed + more) for more in (300, 700))
    products = [gradients(grads, leaves, direction) for direction in (v, w)]
    pairs = zip(products, (w, v), strict=True)
    (first, of_first), (second, of_second) = (inner(*pair) for pair in pairs)
    cancelled = max(map(magnitude, grads)) * inner(v, [d.abs() for d in w])[1]  # of two terms of the gradient's size
    noise = 100 * RELATIVE * max(torch.finfo(point.dtype).eps for point in subject.points)
    noise *= of_first + of_second + cancelled
    if not abs(first - second) <= noise:  # NaN is not symmetric either
        evidence = Evidence("⟨v, H w⟩ (expected: ⟨w, H v⟩)", None, first, second, noise)
        raise BrokenError(
            "the second derivative is not symmetric: the gradient is no gradient of any function", evidence
        )


def third_derivative(subject: Subject) -> None:
    """Differentiate the second derivative by everything that it depends on, with the tape."""
    first = truth_of_gradients(subject)
    function = pullback(_gradients(subject), len(first.points))
    weights = upstream(_gradients(subject)(*first.points), subject.seed)
    names = [*first.names, *(f"upstream gradient of the gradient of {name}" for name in subject.names)]
    known = truth_of(function, [*first.points, *weights], names, subject, calls=4 * BACKWARD**2)
    _require_reverse(function, known, subject.seed)


def _gradients(subject: Subject) -> Function:
    return pullback(subject, len(subject.points))


def _truth_of_tangents(subject: Subject) -> Truth:
    def find(own: Subject) -> Truth:
        tangents = upstream(own.points, own.seed)
        names = [*own.names, *(f"tangent of {name}" for name in own.names)]
        return truth_of(pushforward(own, len(own.points)), [*own.points, *tangents], names, own, calls=4)

    return subject.once("truth of tangents", find)


def _require_reverse(function: Function, known: Truth, seed: int) -> None:
    leaves = _leaves(known.points)
    with torch.enable_grad():
        derivatives = function(*leaves)
    weights = upstream(derivatives, seed + 77)
    found = gradients(derivatives, leaves, [weight.detach() for weight in weights])
    try:
        require_reverse(known, found, weights, "derivative of the derivative by {}")
    except BrokenError as broken:
        if not any(derivative.requires_grad for derivative in derivatives) or all(bool((g == 0).all()) for g in found):
            _meet_refusal(derivatives, weights)
            raise BrokenError(_SILENT, *broken.evidence) from None
        raise


def _meet_refusal(derivatives: Sequence[Tensor], weights: Sequence[Tensor]) -> None:
    """Go back to everything: a graph that ends in a refusal (``once_differentiable``) does not lead to the leaves, and is cut."""
    alive = [(d, w.detach()) for d, w in zip(derivatives, weights, strict=True) if d.requires_grad]
    if alive:
        torch.autograd.backward([d for d, _ in alive], [w for _, w in alive])


_SILENT = "the next derivative is silently zero: the first was computed off the tape, and nothing refuses"


def _leaves(points: Sequence[Tensor]) -> list[Tensor]:
    return [point.clone(memory_format=torch.preserve_format).requires_grad_() for point in points]


def _judged(judge: Callable[[Subject], str | None]) -> Callable[[Subject], str | None]:
    return beside_kinks(unless_refused_in_place(judge))


LAWS = (
    Law(
        "second_reverse",
        "second_order",
        "Reverse over reverse is the derivative of the gradient.",
        _judged(reverse_over_reverse),
    ),
    Law(
        "second_forward_reverse",
        "second_order",
        "Forward over reverse is the derivative of the gradient.",
        _judged(forward_over_reverse),
    ),
    Law(
        "second_reverse_forward",
        "second_order",
        "Reverse over forward is the derivative of the tangent.",
        _judged(reverse_over_forward),
    ),
    Law(
        "second_forward",
        "second_order",
        "Forward over forward is the derivative of the tangent.",
        _judged(forward_over_forward),
    ),
    Law("second_symmetric", "second_order", "The second derivative is symmetric.", _judged(hessian_is_symmetric)),
    Law("third", "second_order", "The third derivative is the derivative of the second.", _judged(third_derivative)),
)
