"""Right in reverse mode for one call, wrong in forward mode, in a batch, under autocast."""

from __future__ import annotations

import torch
from torch import Tensor

from handgrad.laws.diagnosis import _factors, _formula, _masks, _patterns, _structure
from handgrad.laws.diagnosis._differing import attempted
from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._tape import Tape
from handgrad.laws.diagnosis._wording import raised

NAMED = (*_factors.MATCHERS, *_structure.MATCHERS, *_masks.MATCHERS, *_formula.MATCHERS)


def jvp_wrong(seen: Observations) -> str | None:
    """The rule for forward mode does not fit the one for reverse mode."""
    if not seen.breaks("forward", "jvp", "adjoint", "func_F"):
        return None
    for slot in seen.tangents:
        if slot.wrong:
            named = (matcher.find(slot, seen) for matcher in NAMED)
            return f"backward is right and jvp is not: {next(filter(None, named), None) or _patterns.described(slot)}"
    return None


def vmap_rule(seen: Observations) -> str | None:
    """A batch gives something else than a loop."""
    if not seen.breaks("vmap"):
        return None
    subjects = (seen.subject, seen.elsewhere)

    def value_and_gradients(*points: Tensor) -> tuple[Tensor, ...]:
        result = torch.func.vjp(seen.subject, *points)
        outputs, back = result[0], result[1]
        return (*outputs, *back(tuple(map(torch.ones_like, outputs))))

    def batch() -> tuple[Tensor, ...]:
        found: tuple[Tensor, ...] = torch.vmap(value_and_gradients)(*_stacked([one.points for one in subjects]))
        return found

    loop = _stacked([value_and_gradients(*one.points) for one in subjects])
    gradients = [f"the gradient of {name}" for name in seen.subject.names]
    found = attempted([*["the output"] * (len(loop) - len(gradients)), *gradients], batch, loop)
    return found and f"under torch.vmap, of a batch of two: {found}"


def _stacked(rows: list[tuple[Tensor, ...]]) -> list[Tensor]:
    return [torch.stack(both) for both in zip(*rows, strict=True)]


def autocast(seen: Observations) -> str | None:
    """Under autocast its own tensors do not fit together."""
    if not seen.breaks("autocast"):
        return None
    narrow = seen.given.in_dtype(torch.float32)
    try:
        with torch.autocast(narrow.device.type, torch.bfloat16):
            tape = Tape(narrow)
        tape.backward()
    except RuntimeError as error:
        return f"with forward under autocast, the pass {raised(error)}"
    return None


MATCHERS = (ConductMatcher("jvp_wrong", jvp_wrong), ConductMatcher("vmap_rule", vmap_rule))
AUTOCAST = ConductMatcher("autocast", autocast)
