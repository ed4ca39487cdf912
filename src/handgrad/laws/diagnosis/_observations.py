"""What can be seen of a function from outside: each looked at once, when a matcher first asks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import torch
from torch import Tensor

from handgrad.laws._subject import Subject
from handgrad.laws._upstream import upstream
from handgrad.laws._verdict import Status, Verdict
from handgrad.laws.diagnosis._jacobians import forward, reverse, true_jacobians
from handgrad.laws.diagnosis._kept import Kept, kept
from handgrad.laws.diagnosis._second_order import Second, second_order
from handgrad.laws.diagnosis._tape import Tape, gradients
from handgrad.laws.diagnosis._uses import MULTIPLES, Uses
from handgrad.laws.diagnosis._views import Slot, View


class Observations:
    """A subject and what was found out about it.

    Attributes:
        given: the subject as it was passed.
        subject: the same in float64, or as it was passed where it does not run in float64.
        verdicts: what the laws said.
    """

    def __init__(self, subject: Subject, verdicts: Mapping[str, Verdict]) -> None:
        self.given = subject
        self.subject = _widest(subject)
        self.verdicts = verdicts

    @property
    def broken(self) -> list[Verdict]:
        """The verdicts on the broken laws."""
        return [verdict for verdict in self.verdicts.values() if verdict.status is Status.BROKEN]

    def breaks(self, *words: str) -> bool:
        """Whether a law is broken that has one of the words in its name."""
        return any(word in verdict.law for verdict in self.broken for word in words)

    @cached_property
    def grads_y(self) -> list[Tensor]:
        """The ordinary upstream gradients."""
        return Tape(self.subject).grads_y

    @cached_property
    def plain(self) -> tuple[Tensor | None, ...]:
        """The gradients, as torch hands them out."""
        return Tape(self.subject).backward()

    def scaled(self, factor: float) -> list[Tensor]:
        """The gradients for multiples of the ordinary upstream gradients."""
        return gradients(self.subject, [factor * grad for grad in self.grads_y])

    @cached_property
    def multiples(self) -> dict[float, list[Tensor]]:
        """The gradients for multiples of the ordinary upstream gradients."""
        return {factor: self.scaled(factor) for factor in MULTIPLES}

    def uses(self, slot: Slot) -> Uses:
        """How the gradient of a tensor depends on the upstream gradient."""
        mine = {factor: grads[slot.place].reshape(-1) for factor, grads in self.multiples.items()}
        return Uses(slot, mine, torch.cat([grad.double().reshape(-1) for grad in self.grads_y]))

    @cached_property
    def elsewhere(self) -> Subject:
        """The same function at points nearby, of the same signs."""
        points = self.subject.points
        moved = [point * (1 + 0.13 * wave) for point, wave in zip(points, upstream(points, 7), strict=True)]
        return self.subject.at(moved)

    @cached_property
    def truth(self) -> list[list[tuple[Tensor, Tensor]]]:
        """By point and tensor: the true Jacobian as a matrix, and its noise."""
        return [true_jacobians(self.subject), true_jacobians(self.elsewhere)]

    @cached_property
    def slots(self) -> list[Slot]:
        """The gradient of every tensor beside the right one, here and at points nearby."""
        return self._slots("gradient of", [reverse(self.subject), reverse(self.elsewhere)])

    @cached_property
    def tangents(self) -> list[Slot]:
        """The same for forward mode: the derivative of the outputs along every tensor."""
        return self._slots("tangent by", [forward(self.subject), forward(self.elsewhere)])

    @cached_property
    def wrong(self) -> list[Slot]:
        """The tensors whose gradient is wrong, also where only its dependence on the upstream gradient is."""
        return [slot for slot in self.slots if slot.wrong or not self.uses(slot).linear]

    @cached_property
    def returned(self) -> dict[int, Tensor | None]:
        """By place, what the rule itself returns."""
        return Tape(self.subject).returned()

    @cached_property
    def kept(self) -> list[Kept]:
        """What the rule keeps for backward."""
        return kept(self.subject)

    @cached_property
    def second(self) -> list[Second]:
        """Derivatives of the gradient."""
        return second_order(self.subject)

    def _slots(self, what: str, claimed: list[list[Tensor]]) -> list[Slot]:
        """Put claimed Jacobians beside the true ones."""
        subjects = self.subject, self.elsewhere
        shapes = [grad.shape for grad in self.grads_y]
        shape_y = shapes[0] if len(shapes) == 1 else None
        found = []
        for place, (name, point) in enumerate(zip(self.subject.names, self.subject.points, strict=True)):
            rows = zip(subjects, claimed, self.truth, strict=True)
            views = tuple(View.of(subject.points[place], says[place], *truth[place]) for subject, says, truth in rows)
            found.append(Slot(name, place, point.shape, shape_y, views, f"{what} {name}"))
        return found


def _widest(subject: Subject) -> Subject:
    wide = subject.in_dtype(torch.float64)
    return wide if _runs(wide) or not _runs(subject) else subject


def _runs(subject: Subject) -> bool:
    try:
        Tape(subject).backward()
    except Exception:
        return False
    return True
