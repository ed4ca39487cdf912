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
        self._tolerance = slot.views[0].tolerance * max(1.0, float(rows.abs().sum()))
        self._slot = slot

    def same(self, one: Tensor, other: Tensor) -> bool:
        """Whether two gradients agree wherever both are known."""
        return bool((((one - other).abs() <= self._tolerance) | one.isnan() | other.isnan()).all())

    @property
    def linear(self) -> bool:
        """Whether the gradient is a matrix times v."""
        multiples = zip((self.twice, self.minus, self.zero), (2, -1, 0), strict=True)
        return all(self.same(gradient, multiple * self.once) for gradient, multiple in multiples)

    def product(self, rows: Tensor) -> Tensor:
        """The true gradient for an upstream gradient; NaN where it is unknown."""
        return rows @ self._slot.views[0].true

    def example(self) -> str:
        """One entry for v and for 2v."""
        entry = int(self.once.abs().nan_to_num(0.0).argmax())
        where = f"{self._slot.name}{place(self._slot.shape, entry)}"
        return f"{where} gets {number(float(self.once[entry]))} for v and {number(float(self.twice[entry]))} for 2v"
