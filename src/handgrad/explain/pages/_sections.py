"""The sections of a page, in the order in which the chapter goes: network, forward, factors, backward, update."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from handgrad.explain._expression import Equation, Number, Symbol, apply, multiply, subtract
from handgrad.explain._record import Gradient, Step, Trace
from handgrad.explain._texts import say
from handgrad.explain._worked import formula
from handgrad.explain.pages._blocks import Block, Chain, Equations, Heading, Listing, Prose, Way
from handgrad.explain.pages._labelled import has_columns, slopes
from handgrad.explain.pages._numerals import numeral
from handgrad.explain.pages._tensors import computed_blocks, factor_blocks, update_blocks, value_blocks
from handgrad.explain.pages._words import Words

Remarks = Mapping[str, str]
"""What else is to be said, by the name of the tensor that it is said of."""


def network(trace: Trace, words: Words) -> Iterator[Block]:
    """Every function with its formula."""
    yield Heading(1, words.network)
    rows = []
    for step in trace.steps:
        written = formula(trace, step.output)
        rows.append((step.name.rsplit(" ", 1)[0], words.ops[step.op], written or Symbol(step.output)))
    yield Listing(words.network_header, tuple(rows))


def forward(trace: Trace, words: Words, remarks: Remarks) -> Iterator[Block]:
    """What goes in, and what every function gives."""
    yield Heading(1, words.forward, "forward")
    yield Prose(words.forward_intro)
    yield from value_blocks(trace, "x", listed=not has_columns(trace))
    yield from _remark(remarks, "x")
    yield from value_blocks(trace, "t")
    yield from _remark(remarks, "t")
    for step in trace.steps:
        yield _step_heading(step, words, "forward")
        inside = [name for name in ("p", step.terms) if step.terms and name in trace.tensors]
        for name in (*inside, step.output):
            told = step.op == "standardize" and has_columns(trace)
            yield from computed_blocks(trace, name, listed=not told)
            yield from _remark(remarks, name)
        if step.reduction in ("mean", "torch", "chapter"):
            yield Equations((Equation(Symbol("N"), Number(step.divisor)),))
        yield from (Prose(say(note, words.language)) for note in step.notes if note.key == "convention")


def factors(trace: Trace, words: Words, remarks: Remarks) -> Iterator[Block]:
    """Every factor by name and value, then the gradients as their products."""
    yield Heading(1, words.factors, "backward")
    yield Prose(words.factors_intro)
    for step in reversed(trace.steps):
        for gradient in step.gradients:
            if gradient.variable != "x":
                yield from _factor(trace, words, gradient)
                yield from _remark(remarks, gradient.factor)
    yield Prose(words.chains)
    trained = [gradient for step in reversed(trace.steps) for gradient in step.gradients if _trained(gradient)]
    yield from (Chain(gradient.name, gradient.chain) for gradient in trained)


def _trained(gradient: Gradient) -> bool:
    return gradient.kind in ("input", "one") and gradient.computed


def _factor(trace: Trace, words: Words, gradient: Gradient) -> Iterator[Block]:
    local = gradient.local
    match gradient.kind:
        case "loss":
            for name in (f"d{trace.steps[-1].terms}/dy", local):
                yield from computed_blocks(trace, name, listed=False)
        case "weight":
            yield from factor_blocks(trace, gradient.factor, Symbol(local), local)
        case "input":
            turned = Symbol(local) if trace.batch is not None else apply("transpose", Symbol(local))
            yield from factor_blocks(trace, gradient.factor, turned, local)
        case "one":
            yield Prose(words.ones.format(factor=gradient.factor))
        case "elementwise" | "jacobian":
            if local:
                yield from computed_blocks(trace, local, listed=False)


def backward(trace: Trace, words: Words, remarks: Remarks) -> Iterator[Block]:
    """From the loss back: what each function makes of the gradient that arrives."""
    yield Heading(1, words.backward, "backward")
    yield Prose(words.backward_intro)
    for step in reversed(trace.steps):
        yield _step_heading(step, words, "backward")
        for gradient in step.gradients[1:] + step.gradients[:1]:  # parameters first, then what is handed on
            yield from _gradient(trace, words, gradient, remarks)
        yield from (Prose(say(note, words.language)) for note in step.notes if note.key != "convention")


def _gradient(trace: Trace, words: Words, gradient: Gradient, remarks: Remarks) -> Iterator[Block]:
    if not gradient.computed:
        yield Prose(words.frozen.format(variable=gradient.variable))
    elif gradient.kind == "loss":
        yield from value_blocks(trace, gradient.name)
    elif gradient.variable == "x":
        yield from slopes(trace, words)
    else:
        yield from computed_blocks(trace, gradient.name, listed=gradient.kind != "one")
        yield from _remark(remarks, gradient.name)


def update(trace: Trace, words: Words) -> Iterator[Block]:
    """One step of gradient descent."""
    if not trace.updates:
        return
    yield Heading(1, words.update)
    yield Prose(words.update_intro.format(rate=numeral(trace.learning_rate or 0.0)))
    for each in trace.updates:
        step = subtract(Symbol(each.parameter), multiply(Symbol("η"), Symbol(each.gradient)))
        yield from update_blocks(trace, each.parameter, each.gradient, each.after, step)
        before, after = trace[each.parameter].data, trace[each.after].data
        if before != after and list(map(numeral, before)) == list(map(numeral, after)):
            yield Prose(words.update_unseen.format(parameter=each.parameter))


def _step_heading(step: Step, words: Words, way: Way) -> Heading:
    op = words.ops[step.op]
    title = op[:1].upper() + op[1:]
    return Heading(2, title if step.terms else f"{title} ({step.name.rsplit(' ', 1)[0]})", way)


def _remark(remarks: Remarks, name: str) -> Iterator[Block]:
    if name in remarks:
        yield Prose(remarks[name])
