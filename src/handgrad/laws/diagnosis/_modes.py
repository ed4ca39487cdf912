"""Forward mode and batches: right in reverse mode for one call, wrong there."""

from __future__ import annotations

import torch
from torch import Tensor

from handgrad.laws.diagnosis import _factors, _formula, _masks, _structure
from handgrad.laws.diagnosis._matcher import ConductMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._wording import number, place

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
    """vmap of the pullback gives something else than a loop."""
    if not seen.breaks("vmap"):
        return None
    rows = zip(seen.subject.points, seen.elsewhere.points, strict=True)
    stacked = tuple(torch.stack([one, other]) for one, other in rows)

    def pullback(*points: Tensor) -> tuple[Tensor, ...]:
        outputs, back = torch.func.vjp(seen.subject, *points)
        return tuple(back(tuple(map(torch.ones_like, outputs))))

    try:
        batched = torch.vmap(pullback)(*stacked)
    except Exception as error:
        return f"torch.vmap of the gradient raises {type(error).__name__}: {str(error).partition(chr(10))[0]}"
    for name, together, *alone in zip(
        seen.subject.names, batched, pullback(*seen.subject.points), pullback(*seen.elsewhere.points), strict=True
    ):
        off = (together - torch.stack(alone)).abs()
        if not torch.allclose(together, torch.stack(alone), 1e-5, 1e-7):
            entry = int(off.nan_to_num(torch.inf).argmax())
            return (
                f"torch.vmap of the gradient of {name} gives {number(float(together.reshape(-1)[entry]))} at "
                f"{place(together.shape, entry)}, a loop gives {number(float(torch.stack(alone).reshape(-1)[entry]))}"
            )
    return None


MATCHERS = (ConductMatcher("jvp_wrong", jvp_wrong), ConductMatcher("vmap_rule", vmap_rule))
