"""How a loss, its terms and their derivative come about."""

from __future__ import annotations

from handgrad.explain._expression import (
    Expression,
    apply,
    constant,
    divide,
    multiply,
    square,
    subtract,
)
from handgrad.explain._leaves import Index, Leaves
from handgrad.explain._record import Step, Trace


def term(leaves: Leaves, trace: Trace, step: Step, index: tuple[Index, ...]) -> Expression:
    """ℓ: a squared difference for each output, or a cross entropy for each sample."""
    y, target = step.inputs[0], _target(trace)
    if step.op == "mse_loss":
        return square(subtract(leaves.at("t", *index), leaves.at(y, *index)))
    inner = "p" if step.op == "cross_entropy" else y
    weights = target if step.plain else "q"
    total = leaves.total(
        "k",
        trace[y].shape[-1],
        lambda k: multiply(leaves.at(weights, *index, k), apply("log", leaves.at(inner, *index, k))),
    )
    return apply("negative", total)


def term_gradient(leaves: Leaves, trace: Trace, step: Step, index: tuple[Index, ...]) -> Expression:
    """dℓ/dy: each term by its own output."""
    y, target = leaves.at(step.inputs[0], *index), leaves.at(_target(trace), *index)
    if step.op == "mse_loss":
        return multiply(constant(2), subtract(y, target))
    if step.op == "cross_entropy_on_probabilities":
        return apply("negative", divide(target, y))
    if step.plain:
        return subtract(leaves.at("p", *index), target)
    return subtract(multiply(leaves.at("s", *index[:-1]), leaves.at("p", *index)), leaves.at("q", *index))


def loss(leaves: Leaves, trace: Trace, step: Step) -> Expression:
    """L: the sum of the terms, divided by what the convention says."""
    shape = trace[step.terms].shape
    if trace.view != "all":  # ℓ is that of one sample, or their mean; L is still made of all of them
        shape = (trace.batch or 0, *shape)

    def nested(letters: str, index: tuple[Index, ...]) -> Expression:
        if len(index) == len(shape):
            return term(leaves, trace, step, index) if step.op == "mse_loss" else leaves.at(step.terms, *index)
        return leaves.total(letters[0], shape[len(index)], lambda at: nested(letters[1:], (*index, at)))

    return divided(leaves, step, nested("ni" if len(shape) == 2 else "n" if trace.batch else "i", ()))


def divided(leaves: Leaves, step: Step, total: Expression) -> Expression:
    """``total`` over what the convention divides by: 2 for half_sum, nothing for a sum, N for a mean; a 1 is not written out."""
    if step.reduction in ("sum", "none"):
        return total
    divisor = constant(2) if step.reduction == "half_sum" else leaves.named("N", step.divisor)
    return total if divisor == constant(1) else divide(total, divisor)


def _target(trace: Trace) -> str:
    """The target as a vector."""
    return "one_hot(t)" if "one_hot(t)" in trace.tensors else "t"
