"""Formulas as small trees, so that text, LaTeX and MathML are three walks over one description.

A formula stands once, as a function of its leaves: given symbols it is the formula, given numbers the formula with the numbers
put in.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Symbol:
    """A letter of the formula.

    Attributes:
        name: a name of the record (``u1``, ``W2``, ``dL/du1``) or a letter (``η``, ``N``). A trailing number is its subscript.
        subscript: the index letters, e.g. ``ij``; empty for the whole.
    """

    name: str
    subscript: str = ""


@dataclass(frozen=True)
class Number:
    """A number put into a formula.

    Attributes:
        value: the number.
        tensor: the name of the tensor that it comes from; empty for a constant.
        index: its place there, counted from 0.
    """

    value: float
    tensor: str = ""
    index: tuple[int, ...] = ()


@dataclass(frozen=True)
class Operation:
    """An operation on formulas.

    Attributes:
        name: one of `OPERATIONS`.
        arguments: what it acts on.
    """

    name: str
    arguments: tuple[Expression, ...]


Expression = Symbol | Number | Operation

OPERATIONS = {
    "add": "a + b + …",
    "subtract": "a − b",
    "multiply": "a · b · …",
    "divide": "a / b",
    "power": "a to the power b",
    "negative": "−a",
    "exp": "e to the power a",
    "log": "natural logarithm of a",
    "cosh": "hyperbolic cosine of a",
    "tanh": "hyperbolic tangent of a",
    "max": "the larger of a and b",
    "positive": "[a > 0]: 1 if a is positive, else 0",
    "same": "[a = b]: 1 if a equals b, else 0",
    "sum": "Σ over the index a of b",
    "matmul": "matrix product a b",
    "transpose": "a transposed",
}
"""What an `Operation` may be called, and how to read it."""


@dataclass(frozen=True)
class Equation:
    """How one number, or a whole tensor, comes about.

    Attributes:
        left: what is computed.
        formula: by symbols.
        numbers: the same with the numbers put in; None for a whole tensor.
        value: what the run has there; None for a whole tensor.
    """

    left: Symbol
    formula: Expression
    numbers: Expression | None = None
    value: Number | None = None


def constant(value: float) -> Number:
    """A number that comes from no tensor."""
    return Number(value)


def add(*terms: Expression) -> Expression:
    """The sum, written flat; of one term the term itself."""
    flat: list[Expression] = []
    for term in terms:
        flat += term.arguments if isinstance(term, Operation) and term.name == "add" else [term]
    return flat[0] if len(flat) == 1 else Operation("add", tuple(flat))


def multiply(*factors: Expression) -> Expression:
    """The product; of one factor the factor itself."""
    return factors[0] if len(factors) == 1 else Operation("multiply", factors)


def subtract(a: Expression, b: Expression) -> Expression:
    """The difference."""
    return Operation("subtract", (a, b))


def divide(a: Expression, b: Expression) -> Expression:
    """The quotient."""
    return Operation("divide", (a, b))


def square(a: Expression) -> Expression:
    """The square."""
    return Operation("power", (a, Number(2)))


def apply(name: str, *arguments: Expression) -> Expression:
    """Any other operation by its name."""
    return Operation(name, arguments)


def big_sum(index: str, body: Expression) -> Expression:
    """Σ over an index letter."""
    return Operation("sum", (Symbol(index), body))
