"""Whether what automatic differentiation gives is what finite differences give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from handgrad.laws._compare import require_within
from handgrad.laws._cost import BACKWARD, seconds_of_call
from handgrad.laws._differences import STEPS, Estimate, differences
from handgrad.laws._direction import Direction, dense, entries, together, unravel
from handgrad.laws._finding import BrokenError, Evidence, NotApplicableError
from handgrad.laws._modes import pullback
from handgrad.laws._subject import Subject
from handgrad.laws._upstream import upstream

Function = Callable[..., tuple[Tensor, ...]]

ENTRIES = 400
"""As many entries are moved one by one; of more, some are drawn."""
RANDOM = 3
"""Directions in which all entries move."""
SECONDS = 0.6
"""What the differences of one function may take, by what `seconds_of_call` counts."""
AT_LEAST = 64
"""As many entries are moved whatever it costs."""
NUMBERS = 100_000
"""As many derivatives are kept at a time."""
RELATIVE = 100.0
"""What two ways to the same gradient may differ by: so many ε of the largest entry."""
DIGITS = 0.5
"""What a gradient may be off by the accuracy of its own formula: ε to this power, half of the digits, of the largest entry."""


@dataclass(frozen=True)
class Truth:
    """The derivatives of a function at its points, by differences.

    Attributes:
        points: where.
        names: of the arguments.
        directions: the rows of `estimate`: entries, then dense ones, then all together, then dense in one argument each.
        estimate: the derivatives of all outputs along them.
        epsilon: the relative rounding error of a value.
    """

    points: tuple[Tensor, ...]
    names: tuple[str, ...]
    directions: tuple[Direction, ...]
    estimate: Estimate
    epsilon: float

    @property
    def kinks(self) -> list[str]:
        """The entries at which the derivatives from both sides disagree."""
        return [name for name, _ in self.kinks_with_values]

    @property
    def kinks_with_values(self) -> list[tuple[str, float]]:
        """The same, with the values of the entries."""
        low, high = self.estimate.low, self.estimate.high
        wide = self.estimate.kink & (high - low > 1e-3 * torch.maximum(low.abs(), high.abs()))
        found = []
        for row in torch.where(wide.any(1))[0].tolist():
            direction = self.directions[row]
            if direction.place is not None:
                point = self.points[direction.place]
                index = unravel(direction.entry, point)
                found.append((f"{self.names[direction.place]}{list(index) or ''}", float(point[index])))
        return found


def truth_of(
    function: Function,
    points: Sequence[Tensor],
    names: Sequence[str],
    subject: Subject,
    calls: float = 1,
) -> Truth:
    """Differences of ``function`` in as many directions as its cost allows, every entry if that is possible.

    Args:
        function: what is differentiated.
        points: where.
        names: of its arguments.
        subject: whose function it is, or is made of.
        calls: how many calls of the subject one of ``function`` is worth.

    Raises:
        NotApplicableError: no derivative could be found.
    """
    with torch.no_grad():
        outputs = sum(output.numel() for output in function(*points))
    if outputs == 0 or not any(point.numel() for point in points):
        raise NotApplicableError("there are no entries to differentiate")
    affordable = max(int(SECONDS / (calls * seconds_of_call(subject)) / (2 * STEPS)), AT_LEAST)
    generator = torch.Generator().manual_seed(subject.seed)
    directions = entries(points, min(ENTRIES, affordable, max(NUMBERS // outputs, 1)), generator)
    directions += [dense(points, generator) for _ in range(RANDOM)] + [together(points)]
    directions += [dense(points, generator, [place]) for place in range(len(points))]
    return truth_along(function, points, names, directions, subject.near_kink)


def truth_along(
    function: Function,
    points: Sequence[Tensor],
    names: Sequence[str],
    directions: Sequence[Direction],
    fine: bool = False,
) -> Truth:
    """Differences of ``function`` along the directions.

    Raises:
        NotApplicableError: no derivative could be found.
    """
    epsilon = max((torch.finfo(point.dtype).eps for point in points), default=0.0)
    estimate = differences(function, points, directions, fine)
    if not estimate.width.isfinite().any():
        raise NotApplicableError("finite differences do not converge here, so there is nothing to compare with")
    return Truth(tuple(points), tuple(names), tuple(directions), estimate, epsilon)


def truth(subject: Subject) -> Truth:
    """The derivatives of the subject, once."""
    return subject.once("truth", lambda own: truth_of(own, own.points, own.names, own))


def truth_of_gradients(subject: Subject) -> Truth:
    """The derivatives of the gradients by the arguments, and by the upstream gradients, once."""
    return subject.once("truth of gradients", _truth_of_gradients)


def _truth_of_gradients(subject: Subject) -> Truth:
    outputs = subject(*subject.leaves())
    if not any(output.requires_grad for output in outputs):
        raise NotApplicableError("no output requires a gradient, so there is none to differentiate")
    grads_y = [grad.detach() for grad in upstream(outputs, subject.seed)]
    several = len(outputs) > 1
    names = [f"upstream gradient{f' of output {n}' if several else ''}" for n in range(len(outputs))]
    points, names = [*subject.points, *grads_y], [*subject.names, *names]
    return truth_of(pullback(subject, len(subject.points)), points, names, subject, calls=BACKWARD)


def require_reverse(
    truth: Truth,
    grads: Sequence[Tensor],
    grads_y: Sequence[Tensor | None],
    what: str = "gradient of {}",
    slack: float = 0.0,
) -> None:
    """Raise `BrokenError` where the gradients are not the differences', weighted with the upstream gradients ``grads_y``.

    Args:
        truth: the differences.
        grads: one for each argument.
        grads_y: the upstream gradients for which they are.
        what: names a gradient, with {} for the argument.
        slack: what a gradient may be off besides, absolute.
    """
    value, low, high = _weighted(truth.estimate, _flat(grads_y))
    known = low.isfinite() & high.isfinite()
    low, high = slackened(Estimate(value, low - slack, high + slack, known), truth.epsilon)
    for place, (name, grad, point) in enumerate(zip(truth.names, grads, truth.points, strict=True)):
        require_within(what.format(name), grad, *(_spread(truth, t, place, point) for t in (value, low, high)))
    if truth.estimate.kink.any() or not known.all():
        return  # entries that tie move apart, and what one entry's derivative hides is not known
    for row, direction in enumerate(truth.directions):
        got = 0.0 if direction.place is not None else direction.along(grads)
        if direction.place is None and bool(known[row]) and not float(low[row]) <= got <= float(high[row]):
            numbers = float(value[row]), got, float(high[row] - low[row]) / 2
            evidence = Evidence("derivative along a direction in all entries", None, *numbers)
            raise BrokenError(
                "the " + what.format(" and ".join(truth.names)) + " is wrong along a random direction", evidence
            )


def require_forward(
    truth: Truth, push: Callable[[Sequence[Tensor]], Sequence[Tensor]], what: str = "tangent of output {}"
) -> None:
    """Raise `BrokenError` where ``push`` of the dense directions does not give the differences along them."""
    for row, direction in enumerate(truth.directions):
        if direction.place is None:
            require_tangents(truth, truth.estimate.rows(torch.tensor([row])), push(direction.tangents), what)


def require_tangents(
    truth: Truth, along: Estimate, tangents: Sequence[Tensor], what: str = "tangent of output {}"
) -> None:
    """Raise `BrokenError` where ``tangents`` are not the derivatives ``along`` the direction of one row."""
    value, (low, high) = along.value[0], (bound[0] for bound in slackened(along, truth.epsilon))
    sizes = [tangent.numel() for tangent in tangents]
    if sum(sizes) != value.numel():
        raise BrokenError(
            "the tangents have the wrong shape",
            Evidence("entries of all tangents", None, float(value.numel()), float(sum(sizes))),
        )
    parts = zip(tangents, value.split(sizes), low.split(sizes), high.split(sizes), strict=True)
    for number, (tangent, *expected) in enumerate(parts):
        name = what.format(number) if len(sizes) > 1 else what.format("").strip().removesuffix(" ")
        require_within(name, tangent, *(part.reshape(tangent.shape) for part in expected))


def slackened(estimate: Estimate, epsilon: float) -> tuple[Tensor, Tensor]:
    """The interval, wider by what the formula under judgement may be off by its own rounding."""
    sure = estimate.value[estimate.width.isfinite()].abs()
    slack = epsilon**DIGITS * (float(sure.max()) if sure.numel() else 0.0)
    return estimate.low - slack, estimate.high + slack


def _flat(tensors: Sequence[Tensor | None]) -> Tensor:
    return torch.cat([t.detach().double().cpu().reshape(-1) for t in tensors if t is not None])


def _weighted(estimate: Estimate, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The interval of Σ weights · derivatives; a weight 0 counts nothing."""

    def product(derivative: Tensor) -> Tensor:
        return torch.where(weights == 0, 0.0, derivative * weights)

    first, second = product(estimate.low), product(estimate.high)
    return product(estimate.value).sum(1), torch.minimum(first, second).sum(1), torch.maximum(first, second).sum(1)


def _spread(truth: Truth, numbers: Tensor, place: int, point: Tensor) -> Tensor:
    """The numbers of the directions that move one entry of ``place``, where they belong; NaN where no entry was moved."""
    rows = [row for row, direction in enumerate(truth.directions) if direction.place == place]
    spread = torch.full((point.numel(),), torch.nan, dtype=torch.float64)
    spread[[truth.directions[row].entry for row in rows]] = numbers[rows]
    return spread.reshape(point.shape)
