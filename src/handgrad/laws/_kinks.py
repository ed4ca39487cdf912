"""Points at which a function has no derivative: finding them, and stepping beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from handgrad.laws._agreement import Truth, require_reverse, truth, truth_along
from handgrad.laws._differences import Estimate
from handgrad.laws._direction import unravel
from handgrad.laws._finding import BrokenError, NotApplicableError
from handgrad.laws._subject import Subject, has_a_value

NUDGE = 0.25
"""Beside a kink is ε to this power away, relative to the size of the arguments."""
NEARER = 0.125
"""As much nearer is looked once more."""


def beside_kinks(judge: Callable[[Subject], str | None]) -> Callable[[Subject], str | None]:
    """The judge at a point near by, where the function has a derivative, if it has none at the points themselves."""

    def judged(subject: Subject) -> str | None:
        try:
            near, kinks = subject.once("beside kinks", _beside)
        except NotApplicableError:  # no differences: a law that needs them will say so
            near, kinks = None, []
        says = judge(near.apart() if near else subject)
        return says or (f"judged beside a kink at {listed(kinks)}" if kinks else None)

    return judged


def kinks_of(subject: Subject) -> list[str]:
    """The entries at which the function has no derivative: both sides disagree, or the derivative changes near by, as at a tie."""
    return subject.once("beside kinks", _beside)[1]


def require_gradients(
    subject: Subject,
    grads: Sequence[Tensor],
    grads_y: Sequence[Tensor],
    what: str = "gradient of {}",
    slack: float = 0.0,
) -> None:
    """`require_reverse` with the differences of the subject, and at a kink with what is known there."""
    try:
        require_reverse(truth(subject), grads, grads_y, what, slack)
    except BrokenError:
        if not kinks_of(subject):
            raise
        require_reverse(_tied(subject), grads, grads_y, what, slack)


def _tied(subject: Subject) -> Truth:
    """The derivatives, where there are kinks as uncertain as the largest and the smallest of all entries here and near by.

    Of three entries that tie, a median may take any, and no difference in one entry alone shows it.
    """
    here, (beside, _) = truth(subject), subject.once("beside kinks", _beside)
    near = _truth_beside(here, beside or subject)
    changes = _changes(here, near)
    changes = changes | (changes.any(0) & _ties(here)[:, None])
    low, high = (
        torch.where(changes, bound, old)
        for bound, old in ((_least(here, near), here.estimate.low), (-_least(here, near, -1), here.estimate.high))
    )
    return replace(here, estimate=Estimate(here.estimate.value, low, high, here.estimate.kink | changes))


def listed(names: Sequence[str], at_most: int = 5) -> str:
    """The first of the names, and how many more there are."""
    return ", ".join(names[:at_most]) + (f" and {len(names) - at_most} more" if len(names) > at_most else "")


def _beside(subject: Subject) -> tuple[Subject | None, list[str]]:
    """Where the subject has kinks, one beside them (None: there is none) and their names."""
    here = truth(subject)
    near = _nudged(subject, 1.0)
    if near is None:
        return None, here.kinks
    changes = _changes(here, _truth_beside(here, near))
    nearer = _nudged(subject, NEARER) if changes.any() else None
    if nearer is not None:
        first, second = ((_truth_beside(here, s).estimate.value - here.estimate.value).abs() for s in (near, nearer))
        changes &= second > first / 2  # a smooth derivative changes less the nearer
    names = [
        _name(here, row) for row in torch.where(changes.any(1))[0].tolist() if here.directions[row].place is not None
    ]
    names = list(dict.fromkeys([*here.kinks, *names]))
    return (near, names) if names else (None, names)


def _truth_beside(here: Truth, near: Subject) -> Truth:
    """The derivatives near by, along the same directions."""
    return near.once("truth", lambda own: truth_along(own, own.points, own.names, here.directions, fine=True))


def _nudged(subject: Subject, scale: float) -> Subject | None:
    """The subject ``scale`` times `NUDGE` away, in a direction in which nothing ties; None where it has no value there."""
    generator = subject.generator()

    def nudge(point: Tensor) -> Tensor:
        step = scale * torch.finfo(point.dtype).eps ** NUDGE
        drawn = (0.5 + torch.rand(point.shape, generator=generator, dtype=torch.float64)).to(point)
        sign = (torch.randint(2, point.shape, generator=generator) * 2 - 1).to(point)
        nudged: Tensor = point + step * drawn * sign * point.abs().clamp(min=1)
        return nudged

    near = replace(subject.at([nudge(point) for point in subject.points]), near_kink=True)
    return near if has_a_value(near) else None


def _changes(here: Truth, near: Truth) -> Tensor:
    """Where the derivative is another near by than its own change explains."""
    first, second = here.estimate, near.estimate
    both = first.width.isfinite() & second.width.isfinite()
    sure = first.value[both].abs()
    allowed = 0.05 * (float(sure.max()) if sure.numel() else 0.0) + first.width + second.width
    changes: Tensor = both & ((first.value - second.value).abs() > allowed)
    return changes


def _ties(known: Truth) -> Tensor:
    """Which directions move an entry whose value another entry has too."""
    values = torch.cat([point.detach().double().cpu().reshape(-1) for point in known.points])
    distinct, counts = values.unique(return_counts=True)
    several = distinct[counts > 1]
    moved = [
        known.points[d.place].reshape(-1)[d.entry] if d.place is not None else torch.tensor(torch.nan)
        for d in known.directions
    ]
    ties: Tensor = torch.isin(torch.stack([value.detach().double().cpu() for value in moved]), several)
    return ties


def _least(here: Truth, near: Truth, sign: int = 1) -> Tensor:
    """The least bound of any entry (of −derivatives for sign −1), for every output."""
    bounds = [(e.low if sign == 1 else -e.high) for e in (here.estimate, near.estimate)]
    rows = torch.tensor([direction.place is not None for direction in here.directions])
    finite = torch.stack(bounds)[:, rows].nan_to_num(torch.inf, torch.inf, torch.inf)
    least: Tensor = finite.amin((0, 1)).expand_as(bounds[0])
    return least


def _name(known: Truth, row: int) -> str:
    direction = known.directions[row]
    place = direction.place or 0
    return f"{known.names[place]}{list(unravel(direction.entry, known.points[place])) or ''}"
