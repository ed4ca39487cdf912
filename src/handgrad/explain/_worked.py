"""Every number of a record by its formula, with the numbers put in and where each came from."""

from __future__ import annotations

from collections.abc import Callable

from handgrad.explain import _gradient_formulas as gradient_formulas
from handgrad.explain import _loss_formulas as loss_formulas
from handgrad.explain import _value_formulas as value_formulas
from handgrad.explain._expression import Equation, Expression, Number, Symbol, apply, multiply, subtract
from handgrad.explain._leaves import Index, Leaves, Letters, Numbers
from handgrad.explain._record import Gradient, Step, Trace, Update

Builder = Callable[[Leaves, tuple[Index, ...]], Expression]


def worked(trace: Trace, name: str, index: tuple[int, ...]) -> Equation | None:
    """How one number comes about, by letters and with the numbers put in.

    Args:
        trace: the record.
        name: a tensor of it.
        index: the place in the tensor, counted from 0.

    Returns:
        The equation. Its ``numbers`` is None where the record does not hold all of them: in the view ``sample`` for a sum over the
        batch, in the view ``mean`` for anything not linear, and where a cross entropy weighs, smooths or ignores. None for what is
        given and not computed: the input, the target, parameters and constants.

    Raises:
        KeyError: there is no such tensor.
        IndexError: there is no such place.
    """
    value = Number(trace[name][index], name, index)
    builder = _builder(trace, name)
    if builder is None:
        return None
    letters = index_letters(trace, name)
    numbers = builder(Numbers(trace), index) if _has_numbers(trace, name) else None
    return Equation(Symbol(name, "".join(letters)), builder(Letters(), letters), numbers, value)


def formula(trace: Trace, name: str) -> Equation | None:
    """How a whole tensor comes about: as matrices for a linear map, else entry by entry with index letters.

    Raises:
        KeyError: there is no such tensor.
    """
    builder, letters = _builder(trace, name), index_letters(trace, name)
    if builder is None:
        return None
    match _producer(trace, name):
        case Step(op="linear") as step:
            weight, x = Symbol(step.parameters[0]), Symbol(step.inputs[0])
            whole = apply("matmul", weight, x)
            if trace.batch is not None:
                whole = apply("matmul", x, apply("transpose", weight))
            bias = [Symbol(bias) for bias in step.parameters[1:]]
            return Equation(Symbol(name), apply("add", whole, *bias) if bias else whole)
        case (Step(op="linear"), Gradient() as gradient):
            return Equation(Symbol(name), gradient_formulas.matrix_form(trace, Letters(), gradient))
    return Equation(Symbol(name, "".join(letters)), builder(Letters(), letters))


def index_letters(trace: Trace, name: str) -> tuple[str, ...]:
    """The letters for the dimensions of a tensor: n for the batch, i for outputs, j for inputs.

    A gradient that sums over the outputs i of its step has the letter j, as in ``Σ_i (dL/du)_i W_ij``.
    """
    values = trace[name]
    row = ("n",) if values.batched else ()
    match _producer(trace, name):
        case (Step(), Gradient(kind="weight" | "jacobian")):
            return (*row, "j")
    return (*row, *"ij"[: len(values.shape) - len(row)])


def _producer(trace: Trace, name: str) -> Step | tuple[Step, Gradient] | Update | None:
    for step in trace.steps:
        if name == step.output:
            return step
        for gradient in step.gradients:
            if name == gradient.name and gradient.computed:
                return step, gradient
    return next((update for update in trace.updates if update.after == name), None)


def _builder(trace: Trace, name: str) -> Builder | None:
    inner = _inside_loss(trace, name) or _local(trace, name)
    if inner:
        return inner
    match _producer(trace, name):
        case Step() as step if step is trace.steps[-1]:
            return lambda leaves, index: loss_formulas.loss(leaves, trace, step)
        case Step() as step:
            return lambda leaves, index: value_formulas.value(leaves, trace, step, index[:-1], index[-1])
        case (Step() as step, Gradient(kind="loss")):
            return lambda leaves, index: loss_formulas.divided(leaves, step, leaves.at(f"d{step.terms}/dy", *index))
        case (Step(), Gradient(kind="input" | "one") as gradient):
            return lambda leaves, index: gradient_formulas.of_parameter(leaves, trace, gradient, index)
        case (Step() as step, Gradient() as gradient):
            return lambda leaves, index: gradient_formulas.of_input(
                leaves, trace, step, gradient, index[:-1], index[-1]
            )
        case Update() as update:
            return lambda leaves, index: _updated(leaves, trace, update, index)
    return None


def _updated(leaves: Leaves, trace: Trace, update: Update, index: tuple[Index, ...]) -> Expression:
    rate = leaves.named("η", trace.learning_rate or 0.0)
    return subtract(leaves.at(update.parameter, *index), multiply(rate, leaves.at(update.gradient, *index)))


def _inside_loss(trace: Trace, name: str) -> Builder | None:
    step = trace.steps[-1]
    if name == step.terms:
        return lambda leaves, index: loss_formulas.term(leaves, trace, step, index)
    if name == f"d{step.terms}/dy":
        return lambda leaves, index: loss_formulas.term_gradient(leaves, trace, step, index)
    if name == "p":
        return lambda leaves, index: value_formulas.softmax(leaves, trace, step.inputs[0], index[:-1], index[-1])
    return None


def _local(trace: Trace, name: str) -> Builder | None:
    for step in trace.steps:
        for gradient in step.gradients:
            if gradient.local == name and gradient.kind == "elementwise":
                return lambda leaves, index: value_formulas.slope(leaves, step, index[:-1], index[-1])
            if gradient.local == name and gradient.kind == "jacobian":
                return lambda leaves, index: value_formulas.jacobian(leaves, step, index[:-2], index[-2], index[-1])
    return None


def _has_numbers(trace: Trace, name: str) -> bool:
    loss = trace.steps[-1]
    if not loss.plain and name in (loss.terms, f"d{loss.terms}/dy"):
        return False
    producer = _producer(trace, name)
    if trace.view == "mean":
        return isinstance(producer, Update) or (isinstance(producer, Step) and producer.op in ("linear", "standardize"))
    if trace.view == "sample":
        over_batch = isinstance(producer, tuple) and producer[1].kind in ("input", "one")
        return not over_batch and name != loss.output
    return True
