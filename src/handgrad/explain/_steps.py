"""A net as a sequence of ops of this package, whatever way it says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, cast, runtime_checkable

from torch import Tensor, nn

from handgrad.ops import Reduction, cross_entropy, linear, log_softmax, mse_loss, relu, sigmoid, softmax, tanh

Op = Callable[[Tensor], Tensor]
Loss = Callable[[Tensor, Tensor], Tensor]


@runtime_checkable
class Steps(Protocol):
    """A net that can name its ops, as `handgrad.nn.MLP` does: its ``forward`` is their composition."""

    def named_steps(self) -> list[tuple[str, Op]]:
        """The ops in order of execution, each ``("layer op", function)``."""
        ...


def steps_of(net: Steps | nn.Sequential | Sequence[tuple[str, Op]]) -> list[tuple[str, Op]]:
    """The ops of ``net`` in order, by the name of their layer; modules of ``torch.nn`` become our op with their parameters.

    Raises:
        TypeError: the net is not a sequence of ops.
        ValueError: it is an empty one.
    """
    if isinstance(net, Steps):
        named = net.named_steps()
    elif type(net) is nn.Sequential:
        named = [(name, module) for name, module in net.named_children()]
    elif isinstance(net, Sequence) and all(isinstance(step, tuple) and len(step) == 2 for step in net):
        named = list(net)
    else:
        raise TypeError(
            "trace: net must be a sequence of ops: an MLP, a torch.nn.Sequential, an object with named_steps(), or a list of "
            f"(name, op), got {type(net).__name__}"
        )
    if not named:
        raise ValueError("trace: net must have at least one op, got an empty sequence")
    return [(_layer(name), _ours(op)) for name, op in named]


def _layer(name: str) -> str:
    """``layers.0`` of ``layers.0 relu``: what the op is, the run tells."""
    return name.rsplit(" ", 1)[0]


def _ours(op: Op) -> Op:
    if not _of_torch(op):
        return op
    match op:
        case nn.Linear():
            return partial(linear, weight=op.weight, bias=op.bias)
        case nn.ReLU():
            return relu
        case nn.Sigmoid():
            return sigmoid
        case nn.Tanh():
            return tanh
        case nn.Softmax(dim=int()):
            return partial(softmax, dim=cast(int, op.dim))
        case nn.LogSoftmax(dim=int()):
            return partial(log_softmax, dim=cast(int, op.dim))
    return op


def _of_torch(module: object) -> bool:
    """Whether this is a module of torch itself: a subclass may mean something else."""
    return type(module).__module__.startswith("torch.nn.modules.")


def loss_of(loss: Loss) -> Loss:
    """``loss``; the losses of ``torch.nn`` that mean the same become ours."""
    if not _of_torch(loss):
        return loss
    match loss:
        case nn.MSELoss():
            return partial(mse_loss, reduction=cast(Reduction, loss.reduction))
        case nn.CrossEntropyLoss():
            return partial(
                cross_entropy,
                weight=loss.weight,
                ignore_index=loss.ignore_index,
                reduction=cast(Reduction, loss.reduction),
                label_smoothing=loss.label_smoothing,
            )
    return loss


def parameters_of(op: Op) -> dict[str, Tensor]:
    """The parameters that an op brings along, ``weight`` and ``bias``, frozen ones too."""
    if isinstance(op, nn.Module):
        return dict(op.named_parameters(recurse=False))
    keywords = op.keywords if isinstance(op, partial) else {}
    return {name: keywords[name] for name in ("weight", "bias") if keywords.get(name) is not None}
