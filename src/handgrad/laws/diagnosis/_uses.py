"""How a gradient depends on the upstream gradient v."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from handgrad.laws.diagnosis._views import Slot
from handgrad.laws.diagnosis._wording import number, place

MULTIPLES = (1.0, 2.0, 0.0, -1.0)


class Uses:
    """The gradient of one tensor for v, 2v, 0 and −v, each from its own pass, flat and in float64."""

    def __init__(self, slot: Slot, multiples: Mapping[float, Tensor], rows: Tensor) -> None:
        """``multiples``: the gradient for each of `MULTIPLES`; ``rows``: v itself, flat."""
        self.once, self.twice, self.zero, self.minus = (multiples[factor] for factor in MULTIPLES)
        self.rows = rows
        self.tolerance = slot.views[0].tolerance * max(1.0, float(self.rows.abs().sum()))
        self._true = slot.views[0].true
        self._shape = slot.shape

    def same(self, one: Tensor, other: Tensor) -> bool:
        """Whether two gradients agree wherever both are known."""
        return bool((((one - other).abs() <= self.tolerance) | one.isnan() | other.isnan()).all())

    @property
    def linear(self) -> bool:
        """Whether the gradient is a matrix times v."""
        multiples = zip((self.twice, self.minus, self.zero), (2, -1, 0), strict=True)
        return all(self.same(gradient, multiple * self.once) for gradient, multiple in multiples)

    def product(self, rows: Tensor) -> Tensor:
        """The true gradient for an upstream gradient; NaN where it is unknown."""
        return rows @ self._true

    def example(self) -> str:
        """One entry for v and for 2v."""
        entry = int(self.once.abs().nan_to_num(0.0).argmax())
        once, twice = float(self.once[entry]), float(self.twice[entry])
        return f"entry {place(self._shape, entry) or 'alone'} has {number(once)} for v and {number(twice)} for 2v"
