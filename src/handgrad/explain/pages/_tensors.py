"""The blocks for one tensor of a record: written out where it is small, worked out where that helps, summed up where it is wide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from handgrad.explain._expression import Equation, Expression, Number, Operation, Symbol
from handgrad.explain._record import Trace
from handgrad.explain._values import Values
from handgrad.explain._worked import formula, worked
from handgrad.explain.pages._blocks import Block, Displayed, Equations, Item, Matrix, Wide

LARGEST_MATRIX = 8
"""Up to how many rows, and columns, a matrix is written out."""

LONGEST_LIST = 32
"""Up to how many numbers a vector is listed."""

WORKED_OUT = 6
"""Up to how many numbers of a tensor are worked out, each in a line; of a larger one it is the first."""


def value_blocks(trace: Trace, name: str, listed: bool = True) -> list[Block]:
    """A tensor that is given: its numbers, or what is said of them; a vector that is too long for that may be ``listed``."""
    matrix = _matrix(trace, trace[name])
    if matrix is None:
        return [_wide(name, trace[name], listed)]
    return [Displayed(Symbol(name), None, (), matrix)]


def computed_blocks(trace: Trace, name: str, listed: bool = True) -> list[Block]:
    """A tensor that is computed: how, and each number worked out; of one that is too large the first."""
    whole, values = formula(trace, name), trace[name]
    if whole is None:
        return value_blocks(trace, name)
    matrix, by_entries = _matrix(trace, values), bool(whole.left.subscript) or not values.shape
    numbers = Equations(tuple(_worked_lines(trace, name, values)))
    if by_entries or matrix is None:
        blocks: list[Block] = [Equations((whole, *numbers.lines))]
        return blocks if len(numbers.lines) == values.size else [*blocks, *value_blocks(trace, name, listed)]
    if not numbers.lines or isinstance(whole.formula, Symbol):
        return [Displayed(whole.left, whole.formula, (), matrix)]
    return [Displayed(whole.left, whole.formula, _items(trace, whole.formula), matrix), numbers]


def factor_blocks(trace: Trace, factor: str, formula: Expression, local: str) -> list[Block]:
    """A local derivative that is a matrix of the record, under its own name."""
    items = _items(trace, formula)
    if len(items) == 1 and isinstance(items[0], Matrix):
        return [Displayed(Symbol(factor), formula, (), items[0])]
    return [Equations((Equation(Symbol(factor), formula),)), *value_blocks(trace, local, listed=False)]


def update_blocks(trace: Trace, parameter: str, gradient: str, after: str, formula: Expression) -> list[Block]:
    """``W ← W − η dL/dW`` with the numbers put in."""
    matrices = [_matrix(trace, trace[name]) for name in (parameter, gradient, after)]
    old, slope, new = matrices
    if old is None or slope is None or new is None:
        return [_wide(name, trace[name], listed=False) for name in (parameter, after)]
    return [Displayed(Symbol(parameter), formula, (old, "−", trace.learning_rate or 0.0, slope), new, "←")]


def _worked_lines(trace: Trace, name: str, values: Values) -> Iterator[Equation]:
    """The numbers of a tensor worked out; the place of an only one is left out."""
    for index in islice(values.indices(), _how_many(values)):
        line = worked(trace, name, index)
        if line is not None and line.numbers is not None:
            yield line if values.size > 1 else replace(line, value=Number(values.data[0], name))


def _how_many(values: Values) -> int:
    return values.size if values.size <= WORKED_OUT else 1


def _wide(name: str, values: Values, listed: bool) -> Wide:
    short = len(values.shape) == 1 and values.size <= LONGEST_LIST
    return Wide(Symbol(name), values.shape, values.summary(), values.data if short and listed else ())


def _matrix(trace: Trace, values: Values) -> Matrix | None:
    """The numbers in rows and columns, where there are not too many; a vector is a column, in a batch a row."""
    match values.shape:
        case ():
            rows: tuple[tuple[float, ...], ...] = (values.data,)
        case (_,):
            rows = (values.data,) if trace.batch is not None else tuple((number,) for number in values.data)
        case (_, columns):
            starts = range(0, values.size, columns)
            rows = tuple(values.data[start : start + columns] for start in starts)
        case _:
            return None
    return Matrix(rows) if max(len(rows), len(rows[0])) <= LARGEST_MATRIX else None


def _items(trace: Trace, expression: Expression) -> tuple[Item, ...]:
    """A formula of matrices with the numbers put in; empty where one is too large, or it is no such formula."""
    found: list[Item] = []
    if _put(trace, expression, found):
        return tuple(found)
    return ()


def _put(trace: Trace, expression: Expression, into: list[Item]) -> bool:
    match expression:
        case Symbol(name, "") | Operation("transpose", (Symbol(name, ""),)):
            matrix = _matrix(trace, trace[name])
            if matrix is not None:
                into.append(matrix.transposed() if isinstance(expression, Operation) else matrix)
            return matrix is not None
        case Operation("matmul", factors):
            return all(_put(trace, factor, into) for factor in factors)
        case Operation("add", (first, *others)):
            done = _put(trace, first, into)
            for term in others:
                into.append("+")
                done = done and _put(trace, term, into)
            return done
    return False
