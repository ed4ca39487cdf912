"""Forward mode and batches: right in reverse mode for one call, wrong there."""

from __future__ import annotations

import torch
from torch import Tensor

from handgrad.laws.diagnosis import _factors, _formula, _masks, _structure
from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._tape import Tape
from handgrad.laws.diagnosis._wording import first_line, number, place

NAMED = (*_factors.MATCHERS, *_structure.MATCHERS, *_masks.MATCHERS, *_formula.MATCHERS)


def jvp_wrong(seen: Observations) -> str | None:
    """The rule for forward mode does not fit the one for reverse mode."""
    if not seen.breaks("forward", "jvp", "adjoint"):
        return None
    for slot in seen.tangents:
        if not slot.wrong:
            continue
        named = next((sentence for matcher in NAMED if (sentence := matcher.find(slot, seen))), None)
        view, row, entry = slot.worst()
        got, right = float(view.claimed[row, entry]), float(view.true[row, entry])
        return f"backward is right and jvp is not: {named or f'{slot.what}{place(slot.shape, entry)} has {number(got)}, the right one is {number(right)}'}"
    return None


def vmap_rule(seen: Observations) -> str | None:
    """A batch gives something else than a loop."""
    if not seen.breaks("vmap"):
        return None
    subjects = (seen.subject, seen.elsewhere)

    def value_and_gradients(*points: Tensor) -> tuple[Tensor, ...]:
        outputs, back = torch.func.vjp(seen.subject, *points)
        return (*outputs, *back(tuple(map(torch.ones_like, outputs))))

    loop = [torch.stack(both) for both in zip(*(value_and_gradients(*one.points) for one in subjects), strict=True)]
    try:
        batch = torch.vmap(value_and_gradients)(
            *(torch.stack(both) for both in zip(*(one.points for one in subjects), strict=True))
        )
    except Exception as error:
        return f"torch.vmap raises {type(error).__name__}: {first_line(error)}"
    names = ["the output"] * (len(loop) - len(seen.subject.names)) + [
        f"the gradient of {name}" for name in seen.subject.names
    ]
    for name, together, alone in zip(names, batch, loop, strict=True):
        if together.shape != alone.shape:
            return f"under torch.vmap {name} has shape {tuple(together.shape[1:])}, in a loop {tuple(alone.shape[1:])}"
        if not torch.allclose(together, alone, 1e-5, 1e-7):
            entry = int((together - alone).abs().nan_to_num(torch.inf).argmax())
            got, right = float(together.reshape(-1)[entry]), float(alone.reshape(-1)[entry])
            return f"torch.vmap gives {number(got)} for {name}{place(together.shape[1:], entry % alone[0].numel())}, a loop {number(right)}"
    return None


def autocast(seen: Observations) -> str | None:
    """Under autocast its own arguments do not fit together."""
    if not seen.breaks("autocast"):
        return None
    narrow = seen.given.in_dtype(torch.float32)
    try:
        with torch.autocast(narrow.device.type, torch.bfloat16):
            tape = Tape(narrow)
        tape.backward()
    except RuntimeError as error:
        return f"under autocast the pass raises {type(error).__name__}: {first_line(error)}"
    return None


MATCHERS = (ConductMatcher("jvp_wrong", jvp_wrong), ConductMatcher("vmap_rule", vmap_rule))
AUTOCAST = ConductMatcher("autocast", autocast)
