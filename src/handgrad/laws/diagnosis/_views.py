"""A derivative beside the right one, as matrices."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

RELATIVE = 1e-6  # of the largest entry: what matching allows beyond the noise of finite differences
TRUSTED = 0.02  # of the largest entry: an entry with more noise (at a kink) is unknown


@dataclass(frozen=True)
class View:
    """The claimed and the true Jacobian of one tensor at one point; float64; a row an entry of the outputs.

    Attributes:
        point: the tensor.
        value: the entries of the outputs.
        claimed: what the rule says, (outputs, entries).
        true: what the function does; NaN where finite differences cannot tell.
        tolerance: differences up to this one are none.
    """

    point: Tensor
    value: Tensor
    claimed: Tensor
    true: Tensor
    tolerance: float

    @classmethod
    def of(cls, point: Tensor, value: Tensor, claimed: Tensor, true: Tensor, noise: Tensor) -> View:
        """Blot out what cannot be trusted."""
        size = float(true[true.isfinite()].abs().amax()) if true.isfinite().any() else 0.0
        unknown = ~(noise <= TRUSTED * max(size, 1e-3))
        known_noise = noise[~unknown]
        largest = float(known_noise.amax()) if known_noise.numel() else 0.0
        return cls(
            point.double(), value, claimed, true.masked_fill(unknown, torch.nan), largest + RELATIVE * max(size, 1e-3)
        )

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

    def worst(self) -> tuple[View, int, int]:
        """Where the rule is most wrong: the view, the entry of the outputs, the entry of the tensor."""
        view = next(view for view in self.views if view.wrong.any())
        error = (view.claimed - view.true).abs().nan_to_num(0.0, torch.inf, torch.inf).masked_fill(~view.wrong, -1.0)
        flat = int(error.argmax())
        return view, flat // error.shape[1], flat % error.shape[1]
