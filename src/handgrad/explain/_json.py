"""A record as JSON and back, equal to the bit.

Format ``handgrad.trace``, version 1, one object:

    format         "handgrad.trace"
    version        1
    tensors        {name: {"shape": [2, 3], "dtype": "float64", "batched": false, "data": [3.0, …]}}, row-major
    steps          [{the fields of Step; "gradients": [{the fields of Gradient}]; "notes": [{"key", "values"}]}]
    updates        [{"parameter", "path", "gradient", "after"}]
    learning_rate  number or null
    batch          number of samples, or null
    view           "all", "sample" or "mean"
    selected       number of the sample, or null
    labels         {"columns": [], "classes": [], "target": "", "sample": ""}
    formulas       {name: Equation}: how every computed tensor comes about; for readers of the file, not read back

A number that JSON does not know is one of the strings "NaN", "Infinity", "-Infinity". In a formula a symbol is
``["symbol", name, subscript]``, a number ``["number", value, tensor, index]``, an operation ``[its name, argument, …]``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from handgrad.explain._expression import Expression, Number, Operation, Symbol
from handgrad.explain._record import Gradient, Labels, Note, Step, Trace, Update
from handgrad.explain._values import Values, canonical
from handgrad.explain._worked import formula, worked

FORMAT = "handgrad.trace"
VERSION = 1
WORKED_LIMIT = 16
"""Up to how many numbers of a tensor are written with the numbers of their formulas put in."""

_NOT_IN_JSON = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class RecordError(ValueError):
    """A file is no record of a trace, or one of another version."""


def to_json(trace: Trace, indent: int | None = None) -> str:
    """The record as JSON, see the page for its schema.

    Args:
        trace: the record.
        indent: spaces a level; None for one line.
    """
    plain = _plain(trace)
    document = {"format": FORMAT, "version": VERSION, **plain, "formulas": _formulas(trace)}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=indent)


def from_json(text: str) -> Trace:
    """The record that `to_json` has written.

    Raises:
        RecordError: the text is no such record, or of a version that this one does not read.
    """
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise RecordError(f"from_json: expected a record in JSON, got text that is none: {error}") from error
    found = document.get("format") if isinstance(document, dict) else type(document).__name__
    if found != FORMAT:
        raise RecordError(f"from_json: expected the format {FORMAT!r}, got {found!r}")
    if document.get("version") != VERSION:
        raise RecordError(
            f"from_json: expected version {VERSION}, got {document.get('version')!r}; trace again with this version"
        )
    try:
        return _trace(document)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RecordError(f"from_json: the record is damaged: {type(error).__name__} {error}") from error


def _plain(thing: Any) -> Any:
    """Dataclasses and mappings as dicts, tuples as lists, numbers that JSON does not know as strings."""
    if is_dataclass(thing):
        return {each.name: _plain(getattr(thing, each.name)) for each in fields(thing)}
    if isinstance(thing, Mapping):
        return {key: _plain(value) for key, value in thing.items()}
    if isinstance(thing, tuple):
        return [_plain(value) for value in thing]
    if isinstance(thing, float) and not math.isfinite(thing):
        return "NaN" if math.isnan(thing) else "Infinity" if thing > 0 else "-Infinity"
    return thing


def _number(thing: Any) -> Any:
    return _NOT_IN_JSON.get(thing, thing) if isinstance(thing, str) else thing


def _trace(document: dict[str, Any]) -> Trace:
    labels = document["labels"]
    return Trace(
        {name: _values(name, values) for name, values in document["tensors"].items()},
        tuple(map(_step, document["steps"])),
        tuple(Update(**update) for update in document["updates"]),
        document["learning_rate"],
        document["batch"],
        document["view"],
        document["selected"],
        Labels(tuple(labels["columns"]), tuple(labels["classes"]), labels["target"], labels["sample"]),
    )


def _values(name: str, values: dict[str, Any]) -> Values:
    data, shape = canonical(map(_number, values["data"])), tuple(values["shape"])
    if len(data) != math.prod(shape) or not all(isinstance(number, int | float) for number in data):
        raise ValueError(f"tensor {name!r} does not hold the numbers of its shape {shape}")
    return Values(shape, data, values["dtype"], values["batched"])


def _step(step: dict[str, Any]) -> Step:
    made: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in step.items()}
    made["gradients"] = tuple(Gradient(**{**each, "chain": tuple(each["chain"])}) for each in step["gradients"])
    made["notes"] = tuple(map(_note, step["notes"]))
    made["divisor"] = _number(step["divisor"])
    return Step(**made)


def _note(note: dict[str, Any]) -> Note:
    return Note(note["key"], {key: _note_value(value) for key, value in note["values"].items()})


def _note_value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else _number(value)


def _formulas(trace: Trace) -> dict[str, Any]:
    written = {}
    for name, values in trace.tensors.items():
        whole = formula(trace, name)
        if whole is not None:
            written[name] = {"left": tree(whole.left), "formula": tree(whole.formula)}
            if values.size <= WORKED_LIMIT:
                written[name]["worked"] = [_worked(trace, name, index) for index in values.indices()]
    return written


def _worked(trace: Trace, name: str, index: tuple[int, ...]) -> Any:
    equation = worked(trace, name, index)
    return None if equation is None or equation.numbers is None else tree(equation.numbers)


def tree(expression: Expression) -> list[Any]:
    """A formula as nested lists, as the page describes it."""
    match expression:
        case Symbol(name, subscript):
            return ["symbol", name, subscript]
        case Number(value, tensor, index):
            return ["number", _plain(value), tensor, list(index)]
        case Operation(name, arguments):
            return [name, *map(tree, arguments)]
