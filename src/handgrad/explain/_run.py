"""Run a net op by op on torch's tape, and walk back over it op by op: every number that a record holds is made here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from handgrad.explain._steps import Loss, Op, parameters_of
from handgrad.explain._tape import LOSSES, NORMALISED, normalised_dim, op_of

_SEEN = "linear, relu, sigmoid, tanh, softmax, log_softmax"


@dataclass(frozen=True)
class Ran:
    """An op that has run.

    Attributes:
        layer: the name of its layer.
        op: what it is, by the tape.
        x: what went in.
        output: what came out.
        parameters: by ``weight`` and ``bias``.
        call: the op.
    """

    layer: str
    op: str
    x: Tensor
    output: Tensor
    parameters: dict[str, Tensor]
    call: Op

    @property
    def name(self) -> str:
        """``layers.0 relu``."""
        return f"{self.layer} {self.op}"

    def backward(self, upstream: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """One edge of the way back: the op's own rule on ``upstream``, for its input and its parameters."""
        wanted = {name: tensor for name, tensor in self.parameters.items() if tensor.requires_grad}
        grad_x, *grads = torch.autograd.grad(self.output, [self.x, *wanted.values()], upstream, retain_graph=True)
        return grad_x, dict(zip(wanted, grads, strict=True))

    def backward_to_x(self, upstream: Tensor) -> Tensor:
        """The op's own rule on ``upstream``, for its input alone."""
        (grad_x,) = torch.autograd.grad(self.output, self.x, upstream, retain_graph=True)
        return grad_x


def run(steps: Sequence[tuple[str, Op]], x: Tensor) -> list[Ran]:
    """Run the ops one after the other.

    Raises:
        ValueError: an op has no page, is more than one op, hides its weight, or does not fit what comes before it.
    """
    ran: list[Ran] = []
    for layer, call in steps:
        x = ran[-1].output if ran else x
        ran.append(_run_one(layer, call, x))
    owners: dict[int, str] = {}
    for step in ran:
        for tensor in step.parameters.values():
            if owners.setdefault(id(tensor), step.name) != step.name:
                raise ValueError(
                    f"trace: each layer must have its own parameters, got {owners[id(tensor)]} and {step.name} sharing one"
                )
    return ran


def _run_one(layer: str, call: Op, x: Tensor) -> Ran:
    try:
        output = call(x)
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        raise ValueError(f"trace: step {layer!r} fails on its input of shape {tuple(x.shape)}: {error}") from error
    op = op_of(output, x) if isinstance(output, Tensor) else None
    if op is None or op in LOSSES:
        raise ValueError(
            f"trace: step {layer!r} must be one op that has a page ({_SEEN}), got {_called(call)}; "
            "split it into such ops and name each"
        )
    if op in NORMALISED and normalised_dim(output) != output.dim() - 1:
        raise ValueError(
            f"trace: step {layer!r} must be {op} over the outputs, dim=-1, got one over the samples, dim=0"
        )
    parameters = parameters_of(call) if op == "linear" else {}
    if op == "linear" and "weight" not in parameters:
        raise ValueError(
            f"trace: step {layer!r} is a linear map that hides its weight; give a handgrad.nn.Linear, "
            "or functools.partial(linear, weight=W, bias=b)"
        )
    return Ran(layer, op, x, output, parameters, call)


def run_loss(loss: Loss, y: Tensor, target: Tensor) -> Ran:
    """Run the loss on what the net gave.

    Raises:
        ValueError: the loss has no page, does not fit the output and the target, or gives more than one number.
    """
    try:
        output = loss(y, target)
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        raise ValueError(
            f"trace: the loss fails on output {tuple(y.shape)} and target {tuple(target.shape)}: {error}"
        ) from error
    op = op_of(output, y) if isinstance(output, Tensor) else None
    if op not in LOSSES:
        raise ValueError(f"trace: the loss must be one op that has a page ({', '.join(LOSSES)}), got {_called(loss)}")
    if output.numel() != 1:
        raise ValueError(
            f"trace: the loss must give one number to go back from, got shape {tuple(output.shape)}; use another reduction "
            "than 'none'"
        )
    return Ran("loss", op, y, output, {}, lambda again: loss(again, target))


def _called(call: object) -> str:
    return getattr(call, "__name__", type(call).__name__)
