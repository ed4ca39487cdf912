"""Every formula with the numbers put in comes to the number that the run has there."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from handgrad.explain import (
    OPERATIONS,
    Equation,
    Expression,
    Number,
    Operation,
    Symbol,
    Trace,
    chapter_example,
    formula,
    index_letters,
    trace,
    worked,
)
from traced_runs import RUNS, Run

MEANING: dict[str, Callable[..., float]] = {
    "add": lambda *terms: sum(terms),
    "multiply": lambda *factors: math.prod(factors),
    "subtract": lambda a, b: a - b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
    "negative": lambda a: -a,
    "exp": math.exp,
    "log": math.log,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "max": max,
    "positive": lambda a: float(a > 0),
}


def evaluate(expression: Expression, record: Trace) -> float:
    match expression:
        case Number(value, tensor, index):
            assert not tensor or record[tensor][index] == value
            return value
        case Operation(name, arguments):
            return MEANING[name](*(evaluate(argument, record) for argument in arguments))
    raise AssertionError(f"a letter among numbers: {expression}")


def letters_of(expression: Expression) -> set[str]:
    match expression:
        case Symbol(name):
            return {name}
        case Operation(name, arguments):
            assert name in OPERATIONS
            return set().union(*map(letters_of, arguments))
    return set()


def recorded(run: Run) -> Trace:
    return trace(run.steps, run.loss, run.x, run.target, learning_rate=0.1)


def equations(record: Trace) -> list[Equation]:
    return [e for name, v in record.tensors.items() for i in v.indices() if (e := worked(record, name, i))]


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_numbers_come_to_what_the_run_has(run: Run) -> None:
    record = recorded(run)
    with_numbers = [equation for equation in equations(record) if equation.numbers is not None]
    assert len(with_numbers) > 50
    for equation in with_numbers:
        assert equation.value is not None
        found = evaluate(equation.numbers, record)
        assert found == pytest.approx(equation.value.value, rel=1e-5, abs=1e-7), equation.left


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_only_what_is_given_has_no_formula(run: Run) -> None:
    record = recorded(run)
    loss_constants = {"class weights"} | {name for name in record.tensors if " of " in name}
    given = {"x", "t", "one_hot(t)", *record.parameters, *loss_constants}
    assert {name for name in record.tensors if formula(record, name) is None} == given & set(record.tensors)


def test_a_weighted_cross_entropy_has_letters_only() -> None:
    record = recorded(next(run for run in RUNS if run.name.startswith("weights")))
    for name, index in (("ℓ", (0,)), ("dℓ/dy", (0, 0))):
        equation = worked(record, name, index)
        assert equation is not None
        assert equation.numbers is None
        assert "q" in letters_of(equation.formula)


def test_the_chapter_written_out() -> None:
    record = trace(*chapter_example(bias=False), learning_rate=0.5)
    first = worked(record, "u1", (0,))
    assert first is not None
    assert isinstance(first.numbers, Operation)
    terms = [tuple(evaluate(f, record) for f in term.arguments) for term in first.numbers.arguments]
    assert terms == [(3, 2), (1, 3), (2, 1)]
    loss = worked(record, "L", ())
    assert loss is not None
    assert isinstance(loss.formula, Operation)
    assert (loss.formula.name, loss.formula.arguments[1]) == ("divide", Symbol("N"))
    assert loss.numbers == Operation(
        "power", (Operation("subtract", (Number(20.0, "t", (0,)), Number(33.0, "y", (0,)))), Number(2))
    )


def test_numbers_of_a_sample_leave_out_what_sums_over_the_batch() -> None:
    record = recorded(next(run for run in RUNS if run.name == "mse mean")).sample(2)
    without = {
        name
        for name, v in record.tensors.items()
        for i in v.indices()
        if (e := worked(record, name, i)) and not e.numbers
    }
    assert without == {"L", *(f"dL/d{name}" for name in record.parameters)}
    for equation in equations(record):
        if equation.numbers is not None and equation.value is not None:
            assert evaluate(equation.numbers, record) == pytest.approx(equation.value.value, rel=1e-9, abs=1e-12)


def test_numbers_of_a_mean_are_those_of_linear_maps() -> None:
    record = recorded(next(run for run in RUNS if run.name == "every op")).mean()
    with_numbers = [equation for equation in equations(record) if equation.numbers is not None]
    assert {equation.left.name for equation in with_numbers} == {
        *("z", "u1", "u2", "u3"),
        *(update.after for update in record.updates),
    }
    for equation in with_numbers:
        assert equation.value is not None
        assert evaluate(equation.numbers, record) == pytest.approx(equation.value.value, rel=1e-9, abs=1e-12)


def test_index_letters() -> None:
    record = recorded(next(run for run in RUNS if run.name == "every op"))
    assert index_letters(record, "u1") == ("n", "i")
    assert index_letters(record, "W1") == ("i", "j")
    assert index_letters(record, "dy/dh3") == ("n", "i", "j")
    assert index_letters(record, "L") == ()
    assert index_letters(record, "dL/du1") == ("n", "i")
    assert index_letters(record, "dL/dh1") == index_letters(record, "dL/dh3") == ("n", "j")


def check_letters(expression: Expression, bound: set[str]) -> None:
    match expression:
        case Symbol(_, subscript):
            assert set(subscript) <= bound
        case Operation("same"):
            pass
        case Operation("sum", (Symbol(letter), body)):
            assert letter not in bound
            check_letters(body, bound | {letter})
        case Operation(_, arguments):
            for argument in arguments:
                check_letters(argument, bound)


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_every_letter_means_one_thing(run: Run) -> None:
    """What is summed over is not also what the sum depends on: Σ_i (dL/du)_i W_ij is an entry j."""
    record = recorded(run)
    for name, values in record.tensors.items():
        equation = worked(record, name, next(values.indices()))
        if equation is not None:
            check_letters(equation.formula, set(equation.left.subscript))


def test_the_transpose_and_the_sum_stand_in_the_formulas() -> None:
    record = recorded(RUNS[2])
    upstream, x, w = Symbol("dL/du1"), Symbol("x"), Symbol("W1")
    assert formula(record, "dL/dW1").formula == Operation("matmul", (Operation("transpose", (upstream,)), x))
    assert formula(record, "dL/dx").formula == Operation("matmul", (upstream, w))
    equation = worked(record, "dL/dW1", (0, 1))
    assert equation is not None
    assert equation.formula == Operation(
        "sum", (Symbol("n"), Operation("multiply", (Symbol("dL/du1", "ni"), Symbol("x", "nj"))))
    )
