"""How each op makes an entry of its output, as its page defines it."""

from __future__ import annotations

from handgrad.explain._expression import Expression, add, apply, constant, divide, multiply, subtract
from handgrad.explain._leaves import Index, Leaves
from handgrad.explain._record import Step, Trace


def value(leaves: Leaves, trace: Trace, step: Step, row: tuple[Index, ...], i: Index) -> Expression:
    """The entry ``(*row, i)`` of what a step of the net gives."""
    x = step.inputs[0]
    if step.op == "linear":
        weight, *bias = step.parameters
        inputs = trace[weight].shape[1]
        total = leaves.total("j", inputs, lambda j: multiply(leaves.at(weight, i, j), leaves.at(x, *row, j)))
        return add(total, leaves.at(bias[0], i)) if bias else total
    own = leaves.at(x, *row, i)
    match step.op:
        case "relu":
            return apply("max", constant(0), own)
        case "sigmoid":
            return _sigmoid(apply("negative", own))
        case "tanh":
            return apply("tanh", own)
        case "standardize":
            mean, scale = step.constants
            return divide(subtract(own, leaves.at(mean, i)), leaves.at(scale, i))
        case "softmax":
            return softmax(leaves, trace, x, row, i)
    return subtract(own, apply("log", _sum_of_exp(leaves, trace, x, row)))


def slope(leaves: Leaves, step: Step, row: tuple[Index, ...], i: Index) -> Expression:
    """The derivative of the entry ``(*row, i)`` of an elementwise op by its own input."""
    x = leaves.at(step.inputs[0], *row, i)
    match step.op:
        case "relu":
            return apply("positive", x)
        case "sigmoid":
            return multiply(leaves.at(step.output, *row, i), _sigmoid(x))
        case "tanh":
            return divide(constant(1), apply("power", apply("cosh", x), constant(2)))
    return divide(constant(1), leaves.at(step.constants[1], i))


def jacobian(leaves: Leaves, step: Step, row: tuple[Index, ...], i: Index, j: Index) -> Expression:
    """The derivative of the output i of softmax or log_softmax by the input j."""
    y_j = leaves.at(step.output, *row, j)
    if step.op == "log_softmax":
        return subtract(leaves.same(i, j), apply("exp", y_j))
    return multiply(leaves.at(step.output, *row, i), subtract(leaves.same(i, j), y_j))


def softmax(leaves: Leaves, trace: Trace, x: str, row: tuple[Index, ...], i: Index) -> Expression:
    """``e^{x_i} / Σ e^{x_k}``."""
    return divide(apply("exp", leaves.at(x, *row, i)), _sum_of_exp(leaves, trace, x, row))


def _sum_of_exp(leaves: Leaves, trace: Trace, x: str, row: tuple[Index, ...]) -> Expression:
    return leaves.total("k", trace[x].shape[-1], lambda k: apply("exp", leaves.at(x, *row, k)))


def _sigmoid(minus: Expression) -> Expression:
    """``1 / (1 + e^minus)``."""
    return divide(constant(1), add(constant(1), apply("exp", minus)))
