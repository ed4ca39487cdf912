"""How an entry of a gradient comes about: the upstream gradient times the local derivative, as the pages derive it."""

from __future__ import annotations

from handgrad.explain._expression import Expression, apply, multiply
from handgrad.explain._leaves import Index, Leaves
from handgrad.explain._record import Gradient, Step, Trace
from handgrad.explain._value_formulas import jacobian


def of_input(
    leaves: Leaves, trace: Trace, step: Step, gradient: Gradient, row: tuple[Index, ...], j: Index
) -> Expression:
    """The entry ``(*row, j)`` of the gradient of what went into a step of the net."""
    upstream, local = gradient.upstream, gradient.local
    if gradient.kind == "elementwise":
        return multiply(leaves.at(upstream, *row, j), leaves.at(local, *row, j))
    if gradient.kind == "weight":
        outputs = trace[local].shape[0]
        return leaves.total("i", outputs, lambda i: multiply(leaves.at(upstream, *row, i), leaves.at(local, i, j)))

    def term(i: Index) -> Expression:
        factor = leaves.at(local, *row, i, j) if local else jacobian(leaves, step, row, i, j)
        return multiply(leaves.at(upstream, *row, i), factor)

    return leaves.total("i", trace[step.output].shape[-1], term)


def of_parameter(leaves: Leaves, trace: Trace, gradient: Gradient, index: tuple[Index, ...]) -> Expression:
    """An entry of the gradient of a weight, index ``(i, j)``, or of a bias, index ``(i,)``; Σ over the batch, if there is one."""

    def term(*row: Index) -> Expression:
        upstream = leaves.at(gradient.upstream, *row, index[0])
        return multiply(upstream, leaves.at(gradient.local, *row, index[1])) if gradient.local else upstream

    return term() if trace.batch is None else leaves.total("n", trace.batch, term)


def matrix_form(trace: Trace, leaves: Leaves, gradient: Gradient) -> Expression:
    """The gradient of an input or parameter of a linear map as a whole: columns for one sample, rows for a batch."""
    upstream = leaves.at(gradient.upstream)
    single = trace.batch is None
    if gradient.kind == "weight":
        weight = leaves.at(gradient.local)
        if single:
            return apply("matmul", apply("transpose", weight), upstream)
        return apply("matmul", upstream, weight)
    if gradient.kind == "one":
        return upstream if single else leaves.total("n", 0, lambda n: leaves.at(gradient.upstream, n))
    x = leaves.at(gradient.local)
    if single:
        return apply("matmul", upstream, apply("transpose", x))
    return apply("matmul", apply("transpose", upstream), x)
