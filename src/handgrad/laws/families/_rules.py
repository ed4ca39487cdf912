"""Rules: what a Function's own backward returns, before the engine casts it and sums it."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from handgrad.laws._finding import BrokenError, Evidence, NotApplicableError, NotOfferedError
from handgrad.laws._law import Law
from handgrad.laws._pullback import call
from handgrad.laws._rule import Returned, returned_by_rules
from handgrad.laws._subject import Subject


def own_shape(subject: Subject) -> None:
    """A gradient has the shape of its argument; the engine would sum a larger one over what it takes for broadcast."""
    for found in _needed(subject, subject.leaves()):
        if isinstance(found.grad, Tensor) and found.grad.shape != found.shape:
            shapes = str(found.shape), str(tuple(found.grad.shape))
            what = f"shape of gradient {found.place} returned by {found.function}"
            raise BrokenError(
                f"{found.function} returns a gradient of the wrong shape for its argument {found.place}, and the engine "
                "sums it silently",
                Evidence(what, None, *shapes),
            )


def own_dtype(subject: Subject) -> None:
    """A gradient has the dtype of its argument; the engine would cast another."""
    require_own_dtype(subject, subject.leaves())


def require_own_dtype(subject: Subject, leaves: Sequence[Tensor]) -> None:
    """Raise `BrokenError` where a rule returns another dtype than that of the argument."""
    for found in _needed(subject, leaves):
        if isinstance(found.grad, Tensor) and found.grad.dtype != found.dtype:
            dtypes = str(found.dtype), str(found.grad.dtype)
            what = f"dtype of gradient {found.place} returned by {found.function}"
            raise BrokenError(
                f"{found.function} returns a gradient of the wrong dtype for its argument {found.place}, and the engine "
                "casts it silently",
                Evidence(what, None, *dtypes),
            )


def only_needed(subject: Subject) -> None:
    """Whatever gradient nobody needs is None: ``ctx.needs_input_grad`` says which."""
    if len(subject.points) < 2:
        raise NotApplicableError("there is only one differentiable argument")
    for place in range(len(subject.points)):
        leaves = [leaf.requires_grad_(i == place) for i, leaf in enumerate(subject.leaves())]
        outputs = call(subject, leaves)
        if not any(y.requires_grad for y in outputs):
            continue
        for found in returned_by_rules(outputs, leaves):
            if not found.needed and found.grad is not None:
                raise NotOfferedError(
                    f"{found.function} computes the gradient of its argument {found.place} also where nobody needs it: "
                    "ctx.needs_input_grad says so"
                )


def _needed(subject: Subject, leaves: Sequence[Tensor]) -> list[Returned]:
    return [found for found in returned_by_rules(call(subject, leaves), leaves) if found.shape is not None]


LAWS = (
    Law("rule_shapes", "rules", "A rule returns gradients of its arguments' own shapes.", own_shape),
    Law("rule_dtypes", "rules", "A rule returns gradients of its arguments' own dtypes.", own_dtype),
    Law("rule_needed", "rules", "A rule computes no gradient that nobody needs.", only_needed),
)
