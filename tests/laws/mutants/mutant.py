"""What a mutant is: one of our ops with one mistake, seeded by hand.

A mutant is a Function with one method written anew (``class Transposed(LinearFunction)``, whose other methods are right), decorated
with the case that it is judged with, the cause that the diagnosis must name, and the laws that must notice. Its docstring says what
was done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Mutant:
    """A seeded mistake.

    Attributes:
        op: the name of the op.
        name: of the class.
        mistake: what was done, in words.
        fn: the mutant.
        inputs: makes the arguments that it is judged with.
        oracle: the right function, where the mistake can only be seen beside it.
        cause: the key of `handgrad.laws.CAUSES` that the diagnosis must give; None where the catalogue does not cover it.
        laws: the laws that must notice.
    """

    op: str
    name: str
    mistake: str
    fn: Callable[..., Any]
    inputs: Callable[[], list[Any]]
    cause: str | None
    laws: tuple[str, ...]
    oracle: Callable[..., Any] | None = None

    def __str__(self) -> str:
        return f"{self.op}-{self.name}"


@dataclass
class Family:
    """The mutants of one op.

    Attributes:
        op: its name.
        twin: the op with nothing wrong.
        mutants: filled by `mutant`.
    """

    op: str
    twin: Callable[..., Any]
    mutants: list[Mutant] = field(default_factory=list)

    def mutant(
        self,
        inputs: Callable[[], list[Any]],
        cause: str | None,
        *laws: str,
        oracle: Callable[..., Any] | None = None,
    ) -> Callable[[Any], Any]:
        """Enter a Function, or a plain function, into the family."""

        def enter(made: Any) -> Any:
            fn = getattr(made, "apply", made)
            mistake = (made.__doc__ or "").strip()
            self.mutants.append(Mutant(self.op, made.__name__, mistake, fn, inputs, cause, laws or ("vjp",), oracle))
            return made

        return enter


def drawn(*shape: int, seed: int = 0) -> Tensor:
    """Normal numbers in float64, none so near to 0 that a finite difference would step over a kink."""
    x = torch.randn(shape, generator=torch.Generator().manual_seed(seed + sum(shape)), dtype=torch.float64)
    return x + 0.1 * x.sign()
