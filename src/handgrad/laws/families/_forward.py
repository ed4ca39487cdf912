"""Forward mode: what ``jvp`` returns; and that both modes are of one Jacobian."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import torch

from handgrad.laws._agreement import RELATIVE, Truth, require_forward, require_tangents, truth
from handgrad.laws._compare import inner, magnitude, require_close
from handgrad.laws._differences import Estimate
from handgrad.laws._finding import BrokenError, Evidence
from handgrad.laws._kinks import beside_kinks
from handgrad.laws._law import Law
from handgrad.laws._modes import dual, gradients
from handgrad.laws._subject import Subject
from handgrad.laws._terms import terms_of, terms_of_tangents
from handgrad.laws._upstream import upstream

SUBSETS = 16


def jvp_is_finite_differences(subject: Subject) -> None:
    """Compare the tangents of dual numbers with differences along random directions."""
    require_forward(truth(subject), lambda tangents: dual(subject, subject.points, tangents))


def every_subset_of_tangents(subject: Subject) -> None:
    """Give a tangent to some of the arguments only."""
    known = truth(subject)
    number = len(subject.points)
    alone = list(range(len(known.directions) - number, len(known.directions)))
    subsets = [chosen for chosen in product((False, True), repeat=min(number, 6)) if any(chosen)][:SUBSETS]
    for chosen in subsets:
        places = [place for place, has in enumerate(chosen) if has]
        tangents = [known.directions[alone[p]].tangents[p] if p in places else None for p in range(number)]
        names = " and ".join(subject.names[place] for place in places)
        expected = _sum(known, [alone[place] for place in places])
        got = dual(subject, subject.points, tangents)
        require_tangents(known, expected, got, f"tangent of output {{}} with tangents of {names} only")


def jvp_is_linear(subject: Subject) -> None:
    """The tangent for a sum of tangents is the sum; for a multiple the multiple."""
    first, second = (upstream(subject.points, subject.seed + more) for more in (0, 1000))
    one, other = dual(subject, subject.points, first), dual(subject, subject.points, second)
    both = dual(subject, subject.points, [a + b for a, b in zip(first, second, strict=True)])
    outputs = subject(*subject.points)
    terms = terms_of_tangents(outputs, subject.points, [a.abs() + b.abs() for a, b in zip(first, second, strict=True)])
    for number, (sum_, a, b, least) in enumerate(zip(both, one, other, terms, strict=True)):
        noise = RELATIVE * torch.finfo(a.dtype).eps * max(magnitude(a) + magnitude(b), least)
        require_close(f"tangent of output {number} for the sum of two tangents", sum_, a + b, noise)
    multiple = dual(subject, subject.points, [8.0 * t for t in first])
    for number, (got, a, least) in enumerate(zip(multiple, one, terms, strict=True)):
        noise = 8 * RELATIVE * torch.finfo(a.dtype).eps * max(magnitude(a), least)
        require_close(f"tangent of output {number} for 8 times the tangent", got, 8.0 * a, noise)


def both_modes_are_of_one_jacobian(subject: Subject) -> None:
    """⟨ȳ, Jẋ⟩ = ⟨Jᵀȳ, ẋ⟩, for three pairs; there is no step that a tolerance would depend on."""
    leaves = subject.leaves()
    outputs = subject(*leaves)
    for seed in range(subject.seed, subject.seed + 3):
        grads_y, tangents = upstream(outputs, seed), upstream(subject.points, seed + 500)
        pushed = dual(subject, subject.points, tangents)
        pulled = gradients(outputs, leaves, grads_y)
        forward, of_forward = inner(grads_y, pushed)
        reverse, of_reverse = inner(pulled, tangents)
        terms = zip(terms_of(outputs, grads_y, subject.points), tangents, strict=True)
        cancelled = sum(term * float(tangent.abs().sum()) for term, tangent in terms)
        epsilon = max(torch.finfo(point.dtype).eps for point in subject.points)
        noise = RELATIVE * epsilon * max(of_forward + of_reverse, cancelled)
        if not abs(forward - reverse) <= noise and forward == forward and reverse == reverse:
            evidence = Evidence("⟨Jᵀȳ, ẋ⟩ (expected: ⟨ȳ, Jẋ⟩)", None, forward, reverse, noise)
            raise BrokenError("forward and reverse mode are not of one Jacobian", evidence)


def _sum(known: Truth, rows: Sequence[int]) -> Estimate:
    of = known.estimate.rows(torch.tensor(rows))
    value, low, high = (bound.sum(0, keepdim=True) for bound in (of.value, of.low, of.high))
    return Estimate(value, low, high, of.kink.any(0, keepdim=True))


LAWS = (
    Law(
        "jvp",
        "forward",
        "Forward mode gives the derivative: JVP = finite differences.",
        beside_kinks(jvp_is_finite_differences),
    ),
    Law(
        "jvp_subsets",
        "forward",
        "Every subset of the arguments may have a tangent.",
        beside_kinks(every_subset_of_tangents),
    ),
    Law("jvp_linear", "forward", "The JVP is linear in the tangents.", beside_kinks(jvp_is_linear)),
    Law(
        "adjoint",
        "adjoint",
        "Both modes are of one Jacobian: ⟨ȳ, Jẋ⟩ = ⟨Jᵀȳ, ẋ⟩.",
        beside_kinks(both_modes_are_of_one_jacobian),
    ),
)
