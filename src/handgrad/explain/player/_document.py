"""What the player reads: the numbers of a record, how each comes about, and every text in every language."""

from __future__ import annotations

import base64
import json
import struct
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from handgrad.explain._expression import Equation
from handgrad.explain._json import tree
from handgrad.explain._record import Note, Step, Trace
from handgrad.explain._texts import LANGUAGES, say
from handgrad.explain._values import Values
from handgrad.explain._worked import formula, worked
from handgrad.explain.player._frames import Frame, frames
from handgrad.explain.player._heat import NOT_FINITE, scale
from handgrad.explain.player._layout import clipped
from handgrad.explain.player._numbers import short
from handgrad.explain.player._words import WORDS, title_of, word

NUMBERS_LIMIT = 120_000
"""Up to how many numbers a page holds; the largest tensors beyond it have their summary only."""


def document(trace: Trace, language: str, title: Mapping[str, str], remarks: Sequence[Mapping[str, str]]) -> str:
    """The document as JSON that is safe inside a ``script`` element."""
    moments = frames(trace)
    content = {
        "language": language,
        "words": WORDS,
        "title": title,
        "remarks": [*_view_remark(trace), *remarks],
        "frames": [_frame(trace, frame) for frame in moments],
        "tensors": _tensors(trace),
        "updates": [{"before": u.parameter, "gradient": u.gradient, "after": u.after} for u in trace.updates],
        "constants": {"η": trace.learning_rate, "N": trace.steps[-1].divisor},
        "batch": trace.batch if trace.view == "all" else None,
        "factors": trace.factors,
        "classes": [clipped(name) for name in trace.labels.classes],
        "scale": scale(),
        "not_finite": NOT_FINITE,
    }
    return _inside_script(json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def _inside_script(text: str) -> str:
    """No character that ends a script element, begins a comment or breaks a line of JavaScript; JSON reads it the same."""
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _view_remark(trace: Trace) -> list[dict[str, str]]:
    key = {"sample": "one_of_batch", "mean": "mean_of_batch"}.get(trace.view)
    number = trace.batch if trace.selected is None else trace.selected + 1
    return [{language: word(key, language, str(number)) for language in LANGUAGES}] if key else []


def _frame(trace: Trace, frame: Frame) -> dict[str, Any]:
    step = trace.steps[frame.step] if frame.step >= 0 else None
    return {
        "phase": frame.phase,
        "tensor": frame.tensor,
        "entry": frame.entry,
        "title": {language: title_of(frame, language) for language in LANGUAGES},
        "notes": [_said(note) for note in frame.notes],
        "step": step.name if step else "",
        "saved": ", ".join(step.saved) if step and frame.phase == "forward" else "",
    }


def _said(note: Note) -> dict[str, str]:
    return {language: say(note, language) for language in LANGUAGES}


def _tensors(trace: Trace) -> dict[str, Any]:
    room, roles, chains = NUMBERS_LIMIT, _roles(trace), _chains(trace.steps)
    tensors: dict[str, Any] = {}
    for name, values in sorted(trace.tensors.items(), key=lambda item: item[1].size):
        room -= values.size
        tensors[name] = {
            "shape": values.shape,
            "batched": values.batched,
            "integer": values.integer,
            "role": roles.get(name, "constant"),
            "chain": chains.get(name, ()),
            **_numbers(values, room >= 0),
            **_formulas(trace, name, values),
        }
    return {name: tensors[name] for name in trace.tensors}


def _numbers(values: Values, kept: bool) -> dict[str, Any]:
    """The numbers to the bit, in single precision where that holds them all, and their summary."""
    summary = values.summary()
    found: dict[str, Any] = {
        key: short(getattr(summary, key), 4) for key in ("minimum", "median", "maximum", "not_finite")
    }
    if kept:
        single = tuple(array("f", values.data)) == values.data
        numbers = struct.pack(f"<{values.size}{'f' if single else 'd'}", *values.data)
        found |= {"single": single, "data": base64.b64encode(numbers).decode()}
    return found


def _formulas(trace: Trace, name: str, values: Values) -> dict[str, Any]:
    whole = formula(trace, name)
    entry = worked(trace, name, next(values.indices())) if values.size else None
    if whole is None or entry is None:
        return {}
    return {
        "whole": None if whole.formula == entry.formula else _equation(whole),
        "entry": _equation(entry),
        "worked": entry.numbers is not None,
    }


def _equation(equation: Equation) -> dict[str, Any]:
    return {"left": tree(equation.left), "right": tree(equation.formula)}


def _roles(trace: Trace) -> dict[str, str]:
    roles = {"x": "input", "t": "target", "one_hot(t)": "target", "p": "loss", "ℓ": "loss", "dℓ/dy": "loss"}
    for step in trace.steps:
        roles |= dict.fromkeys(step.parameters, "parameter") | {step.output: "value"}
        roles |= {gradient.local: "derivative" for gradient in step.gradients if gradient.local not in roles}
        roles |= {gradient.name: "gradient" for gradient in step.gradients}
    return roles | {update.after: "update" for update in trace.updates}


def _chains(steps: Sequence[Step]) -> dict[str, tuple[str, ...]]:
    return {gradient.name: gradient.chain for step in steps for gradient in step.gradients}
