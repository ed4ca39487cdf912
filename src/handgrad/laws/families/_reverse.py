"""Reverse mode: what ``backward`` returns."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from handgrad.laws._agreement import RELATIVE, require_reverse, truth
from handgrad.laws._compare import magnitude, require_close
from handgrad.laws._finding import BrokenError, NotApplicableError
from handgrad.laws._kinks import beside_kinks, kinks_of, listed, require_gradients
from handgrad.laws._law import Law
from handgrad.laws._modes import gradients
from handgrad.laws._subject import Subject
from handgrad.laws._terms import terms_of
from handgrad.laws._upstream import upstream


def vjp_is_finite_differences(subject: Subject) -> str | None:
    """Compare the gradients with differences of the values, for an upstream gradient of all different entries, and for ones."""
    leaves, outputs = _run(subject)
    for grads_y in (upstream(outputs, subject.seed), [torch.ones_like(output) for output in outputs]):
        require_gradients(subject, gradients(outputs, leaves, grads_y), grads_y)
    kinks = kinks_of(subject) if truth(subject).estimate.kink.any() else []
    return f"there is a kink at {listed(kinks)}, where any gradient between both sides was accepted" if kinks else None


def each_output_alone_gives_its_gradient(subject: Subject) -> None:
    """Go back from one output at a time; that of the others is undefined, and reaches ``backward`` as None or zeros."""
    leaves, outputs = _run(subject)
    if len(outputs) < 2:
        raise NotApplicableError("there is one differentiable output only")
    grads_y = upstream(outputs, subject.seed)
    for number in range(len(outputs)):
        alone = [g if place == number else torch.zeros_like(g) for place, g in enumerate(grads_y)]
        undefined = [g if place == number else None for place, g in enumerate(grads_y)]
        what = f"gradient of {{}} from output {number} alone"
        require_reverse(truth(subject), gradients(outputs, leaves, undefined), alone, what)


def vjp_is_linear(subject: Subject) -> None:
    """The gradient for a sum of upstream gradients is the sum; for a multiple the multiple; for zero it is zero."""
    leaves, outputs = _run(subject)
    first, second = upstream(outputs, subject.seed), upstream(outputs, subject.seed + 1000)
    one, other = gradients(outputs, leaves, first), gradients(outputs, leaves, second)
    both = gradients(outputs, leaves, [a + b for a, b in zip(first, second, strict=True)])
    terms = terms_of(outputs, [a.abs() + b.abs() for a, b in zip(first, second, strict=True)], subject.points)
    _require_equal(
        subject,
        "gradient of {} for the sum of two upstream gradients",
        both,
        [a + b for a, b in zip(one, other, strict=True)],
        [one, other],
        terms,
    )
    for factor in (8.0, -0.125):
        multiple = gradients(outputs, leaves, [factor * g for g in first])
        what = f"gradient of {{}} for {factor:g} times the upstream gradient"
        _require_equal(subject, what, multiple, [factor * g for g in one], [multiple], [8 * t for t in terms])
    nothing = gradients(outputs, leaves, [torch.zeros_like(g) for g in first])
    zeros = [torch.where(g.isfinite(), 0.0, g) for g in one]
    _require_equal(
        subject,
        "gradient of {} for the upstream gradient zero",
        [torch.where(z == 0, n, z) for n, z in zip(nothing, zeros, strict=True)],
        zeros,
        [],
        [0.0] * len(zeros),
    )


def batched_upstream_gradients_are_a_loop(subject: Subject) -> None:
    """Go back with three upstream gradients at once (``is_grads_batched``)."""
    leaves, outputs = _run(subject)
    several = [upstream(outputs, subject.seed + 10 * row) for row in range(3)]
    stacked = [torch.stack(rows) for rows in zip(*several, strict=True)]
    alive = [place for place, output in enumerate(outputs) if output.requires_grad]
    batched = torch.autograd.grad(
        [outputs[place] for place in alive],
        leaves,
        [stacked[place] for place in alive],
        is_grads_batched=True,
        retain_graph=True,
        allow_unused=True,
    )
    for row, grads_y in enumerate(several):
        rows = [torch.zeros_like(leaf) if g is None else g[row] for g, leaf in zip(batched, leaves, strict=True)]
        expected = gradients(outputs, leaves, grads_y)
        what = f"gradient of {{}} for row {row} of a batch of upstream gradients"
        _require_equal(subject, what, rows, expected, [expected], terms_of(outputs, grads_y, subject.points))


def _run(subject: Subject) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Leaves and outputs of which one at least hangs together with them."""
    leaves = subject.leaves()
    outputs = subject(*leaves)
    if not outputs:
        raise NotApplicableError("it returns no floating-point tensor")
    if not any(output.requires_grad for output in outputs):
        if bool((truth(subject).estimate.value.nan_to_num() == 0).all()):
            raise NotApplicableError("no output requires a gradient, and none depends on the arguments")
        raise BrokenError("no output requires a gradient, although the values depend on the arguments")
    return leaves, outputs


def _require_equal(
    subject: Subject,
    what: str,
    got: Sequence[Tensor],
    expected: Sequence[Tensor],
    terms: Sequence[Sequence[Tensor]],
    least: Sequence[float],
) -> None:
    """Equal up to rounding, relative to the largest of what was added up, or ``least``, one for each argument."""
    for place, (name, one, other) in enumerate(zip(subject.names, got, expected, strict=True)):
        size = max([magnitude(other), least[place], *(magnitude(several[place]) for several in terms)])
        require_close(what.format(name), one, other, RELATIVE * torch.finfo(one.dtype).eps * size)


LAWS = (
    Law("vjp", "reverse", "Reverse mode gives the derivative: VJP = finite differences.", vjp_is_finite_differences),
    Law("vjp_linear", "reverse", "The VJP is linear in the upstream gradient.", vjp_is_linear),
    Law(
        "vjp_outputs",
        "reverse",
        "Each output alone gives its own gradient.",
        beside_kinks(each_output_alone_gives_its_gradient),
    ),
    Law(
        "vjp_batched",
        "reverse",
        "A batch of upstream gradients gives what a loop gives.",
        batched_upstream_gradients_are_a_loop,
    ),
)
