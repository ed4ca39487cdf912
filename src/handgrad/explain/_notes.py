"""What there is to say about a step, as a key and the numbers of the sentence; a renderer says it in its language."""

from __future__ import annotations

import torch

from handgrad.explain._record import Note, NoteValue
from handgrad.explain._run import Ran

NOTES = {
    "transpose": "why dL/dW is ȳᵀ x: variable, upstream, input, batch (0 for one sample), inputs, outputs",
    "batch_sum": "why dL/dW and dL/db sum over the batch: variable, bias (or empty), batch",
    "dead": "hidden units that no sample of the batch opens: units (from 1), of",
    "kink": "pre-activations that are exactly 0, where the slope is taken as 0: count",
    "vanishing": "sigmoids between this step and the loss, itself included: count, bound (0.25 to the count), largest (slope here)",
    "probabilities_minus_target": "dℓ/dy is p − t",
    "convention": "how the terms become one number: reduction, divisor",
}
"""The keys of a `Note`, with what its values say."""

SLOPE_BOUND = 0.25
"""The largest slope of the logistic sigmoid (SPEC S3)."""


def linear_notes(ran: Ran, names: dict[str, str], x: str, upstream: str) -> list[Note]:
    """Why the transpose, and why the sum."""
    outputs, inputs = ran.parameters["weight"].shape
    batch = ran.x.shape[0] if ran.x.dim() > 1 else 0
    sizes: dict[str, NoteValue] = {"batch": batch, "inputs": inputs, "outputs": outputs}
    notes = [Note("transpose", {"variable": names["weight"], "upstream": upstream, "input": x, **sizes})]
    if batch:
        bias = names["bias"] if "bias" in ran.parameters else ""
        notes.append(Note("batch_sum", {"variable": names["weight"], "bias": bias, "batch": batch}))
    return notes


def relu_notes(ran: Ran) -> list[Note]:
    """Dead units, and numbers at the kink."""
    rows = ran.output.detach().reshape(-1, ran.output.shape[-1])
    dead = tuple(1 + int(unit) for unit in torch.nonzero((rows == 0).all(0)).flatten())
    notes = [Note("dead", {"units": dead, "of": rows.shape[1]})] if dead else []
    kinks = int((ran.x.detach() == 0).sum())
    return [*notes, Note("kink", {"count": kinks})] if kinks else notes


def sigmoid_notes(largest: float, count: int) -> list[Note]:
    """How much of the gradient the sigmoids from here to the loss can leave at most."""
    return [Note("vanishing", {"count": count, "bound": SLOPE_BOUND**count, "largest": largest})]
