"""A derivative beside the right one, as matrices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from handgrad.laws.diagnosis._wording import number, place

RELATIVE = 1e-6  # of the largest entry: what matching allows beyond the noise of finite differences
TRUSTED = 0.02  # of the largest entry: an entry with more noise (at a kink) is unknown
SMALLEST = 1e-3  # a Jacobian without any larger entry is taken for one of this size


@dataclass(frozen=True)
class View:
    """The claimed and the true Jacobian of one tensor at one point; float64; a row an entry of the outputs.

    Attributes:
        point: the tensor.
        claimed: what the rule says, (outputs, entries).
        true: what the function does; NaN where finite differences cannot tell.
        tolerance: differences up to this one are none.
    """

    point: Tensor
    claimed: Tensor
    true: Tensor
    tolerance: float

    @classmethod
    def of(cls, point: Tensor, claimed: Tensor, true: Tensor, noise: Tensor) -> View:
        """Blot out what cannot be trusted."""
        finite = true[true.isfinite()].abs()
        size = max(float(finite.amax()) if finite.numel() else 0.0, SMALLEST)
        unknown = ~(noise <= TRUSTED * size)
        largest = float(noise[~unknown].amax()) if not unknown.all() else 0.0
        return cls(point.double(), claimed, true.masked_fill(unknown, torch.nan), largest + RELATIVE * size)

    def same(self, one: Tensor, other: Tensor) -> bool:
        """Whether two matrices agree wherever both are known."""
        return bool(self.near(one, other).all())

    def near(self, one: Tensor, other: Tensor) -> Tensor:
        """Where they agree, or one of them is unknown."""
        return ((one - other).abs() <= self.tolerance) | one.isnan() | other.isnan() | (one == other)

    @property
    def wrong(self) -> Tensor:
        """Where the rule is wrong."""
        return ~self.near(self.claimed, self.true)

    @property
    def diagonal(self) -> Tensor:
        """Where an output meets the entry at its own place."""
        return torch.eye(*self.true.shape, dtype=torch.bool, device=self.true.device)

    def none(self, matrix: Tensor) -> Tensor:
        """Where ``matrix`` is zero, or unknown."""
        return ~(matrix.abs() > self.tolerance)


@dataclass(frozen=True)
class Slot:
    """The derivative by one tensor, wherever it was looked at.

    Attributes:
        name: of the tensor.
        place: its place among the differentiable tensors.
        shape: of the tensor.
        shape_y: of the output; None where there are several outputs.
        views: at one or more points, the case's own first.
        what: what it is called in a sentence.
    """

    name: str
    place: int
    shape: torch.Size
    shape_y: torch.Size | None
    views: tuple[View, ...]
    what: str

    @property
    def wrong(self) -> bool:
        """Whether the rule is wrong at one of the points."""
        return any(bool(view.wrong.any()) for view in self.views)

    @property
    def square(self) -> bool:
        """Whether the one output has the shape of the tensor, as with everything elementwise."""
        return self.shape_y == self.shape

    def everywhere(self, holds: Callable[[View], bool]) -> bool:
        """Whether something holds at every point."""
        return all(map(holds, self.views))

    def worst(self) -> tuple[View, int, int]:
        """Where the rule is most wrong: the view, the entry of the outputs, the entry of the tensor."""
        view = next((view for view in self.views if view.wrong.any()), self.views[0])
        error = (view.claimed - view.true).abs().nan_to_num(0.0, torch.inf, torch.inf).masked_fill(~view.wrong, -1.0)
        return view, *divmod(int(error.argmax()), error.shape[1])

    def partial(self, row: int, entry: int) -> str:
        """One entry of the Jacobian: ``∂y[0]/∂x[2]``."""
        output = f"y{place(self.shape_y, row)}" if self.shape_y is not None else f"y({row})"
        return f"∂{output}/∂{self.name}{place(self.shape, entry)}"

    def example(self) -> str:
        """The worst entry: ``∂y[0]/∂x[2] is 4, the right one is 2``."""
        view, row, entry = self.worst()
        got, right = float(view.claimed[row, entry]), float(view.true[row, entry])
        return f"{self.partial(row, entry)} is {number(got)}, the right one is {number(right)}"
