"""Two computations of the same thing agree, but for the order of their sums."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from handgrad.laws._compare import magnitude, require_close
from handgrad.laws._finding import BrokenError, Evidence
from handgrad.laws._pullback import Pullback


def require_equivalent(
    where: str, names: Sequence[str], got: Pullback, expected: Pullback, usual: Pullback | None = None
) -> None:
    """Raise `BrokenError` where values or gradients differ by more than half of their digits.

    Two orders of the same sums differ by ε times the terms. The terms may be larger than what they add up to; the square root of ε,
    half of the digits, leaves room for this, and no wrong number, which is of the size of the terms, fits into it.

    Args:
        where: what is special about ``got``, after the name of a quantity: ``with inputs that are transposed``.
        names: the leaves by name.
        got: what is judged. A gradient None is zeros.
        expected: what it should be.
        usual: values and gradients that show how large the terms are, where those of ``expected`` may all cancel.
    """
    if len(got.outputs) != len(expected.outputs):
        counts = str(len(expected.outputs)), str(len(got.outputs))
        raise BrokenError(f"the number of outputs is another {where}", Evidence("number of outputs", None, *counts))
    for place, (one, other) in enumerate(zip(got.outputs, expected.outputs, strict=True)):
        what = ("output" if len(got.outputs) == 1 else f"output {place}") + f" {where}"
        require_close(what, one, other, half_of_the_digits([other, *(usual.outputs if usual else ())]))
    usual_grads = usual.grads if usual else expected.grads
    for name, grad, reference, size in zip(names, got.grads, expected.grads, usual_grads, strict=True):
        there = grad if reference is None else reference
        if there is not None:
            wanted = torch.zeros_like(there) if reference is None else there
            noise = half_of_the_digits([wanted, *([] if size is None else [size])]) + _least(expected, wanted)
            require_close(f"gradient of {name} {where}", grad, wanted, noise)


def half_of_the_digits(sizes: Sequence[Tensor]) -> float:
    """The square root of ε, of the largest entry."""
    return float(max(_epsilon(t) for t in sizes) ** 0.5) * max(map(magnitude, sizes))


def _least(pulled: Pullback, grad: Tensor) -> float:
    """ε of the gradient from upstream: what is left where a gradient is zero but for rounding."""
    return 100 * _epsilon(grad) * max((magnitude(g) for g in pulled.grads_y), default=0.0)


def _epsilon(tensor: Tensor) -> float:
    return torch.finfo(tensor.dtype).eps
