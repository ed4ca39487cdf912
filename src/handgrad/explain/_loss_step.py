"""The last step of a record: the loss, from its terms to the gradient that starts the way back."""

from __future__ import annotations

import torch
from torch import Tensor

from handgrad.explain._ledger import Ledger
from handgrad.explain._losses import LossParts, loss_parts
from handgrad.explain._record import Gradient, Note, Step
from handgrad.explain._run import Ran
from handgrad.explain._tape import saved_by


def write_loss(ledger: Ledger, loss: Ran) -> tuple[Step, Tensor]:
    """Write down a loss that has run; gives the step and dL/dy.

    Raises:
        ValueError: the target of a mean squared error has another shape than the output.
    """
    parts = loss_parts(loss)
    _write_parts(ledger, parts)
    ledger.put("L", loss.output)
    upstream = loss.backward_to_x(torch.ones_like(loss.output))
    ledger.put_samples("dL/dy", upstream)
    step = Step(
        loss.name,
        loss.op,
        inputs=("y", "t"),
        parameters=(),
        output="L",
        saved=tuple(ledger.called(tensor) for tensor in saved_by(loss.output)),
        gradients=(Gradient("y", "dL/dy", "", "dL/dy", "dL/dy", "loss", ("dL/dy",)),),
        reduction=parts.reduction,
        divisor=parts.divisor,
        constants=() if parts.weight is None else ("class weights",),
        terms="ℓ",
        plain=parts.plain,
        notes=_notes(parts),
    )
    return step, upstream


def _write_parts(ledger: Ledger, parts: LossParts) -> None:
    samples = {"t": parts.target, "one_hot(t)": parts.one_hot, "p": parts.probabilities}
    samples |= {"ℓ": parts.terms, "dℓ/dy": parts.terms_gradient}
    for name, tensor in samples.items():
        if tensor is not None:
            ledger.put_samples(name, tensor)
    if parts.weight is not None:
        ledger.put("class weights", parts.weight)


def _notes(parts: LossParts) -> tuple[Note, ...]:
    convention = Note("convention", {"reduction": parts.reduction, "divisor": parts.divisor})
    if parts.probabilities is None or not parts.plain:
        return (convention,)
    return convention, Note("probabilities_minus_target")
