"""Softmax from its logarithm, where a recording computes both: one exponential instead of three passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from handgrad.engine._recording import Call, Place


def shared(calls: Sequence[Call]) -> list[Call]:
    """The calls, with ``p = softmax(z)`` as ``e^{log p}`` where log p has been computed from the same z."""
    known: dict[tuple[Any, ...], Place] = {}
    simpler: list[Call] = []
    for call in calls:
        if call.op is torch.ops.aten._log_softmax.default:
            known[call.arguments] = call.results[0]
        log_p = known.get(call.arguments) if call.op is torch.ops.aten._softmax.default else None
        if log_p is not None:
            call = replace(call, op=torch.ops.aten.exp.default, arguments=(log_p,), reads=frozenset([log_p.storage]))
        simpler.append(call)
        for arguments in [own for own, place in known.items() if {own[0].storage, place.storage} & call.writes]:
            if call.results != (known[arguments],):
                del known[arguments]
    return simpler
