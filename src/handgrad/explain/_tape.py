"""What torch's tape says about an op that has just run: which rule it is, what it saved, whether it was one op."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

from handgrad.ops._cross_entropy import IndexCrossEntropyFunction, ProbabilityCrossEntropyFunction
from handgrad.ops._cross_entropy_on_probabilities import CrossEntropyOnProbabilitiesFunction
from handgrad.ops._linear import LinearFunction
from handgrad.ops._log_softmax import LogSoftmaxFunction
from handgrad.ops._mse_loss import MSELossFunction
from handgrad.ops._relu import ReLUFunction
from handgrad.ops._sigmoid import SigmoidFunction
from handgrad.ops._softmax import SoftmaxFunction
from handgrad.ops._tanh import TanhFunction

ELEMENTWISE = ("relu", "sigmoid", "tanh", "standardize")
NORMALISED = ("softmax", "log_softmax")
LOSSES = ("mse_loss", "cross_entropy", "cross_entropy_on_probabilities")

_PAGES: dict[Any, str] = {
    LinearFunction: "linear",
    ReLUFunction: "relu",
    SigmoidFunction: "sigmoid",
    TanhFunction: "tanh",
    SoftmaxFunction: "softmax",
    LogSoftmaxFunction: "log_softmax",
    MSELossFunction: "mse_loss",
    IndexCrossEntropyFunction: "cross_entropy",
    ProbabilityCrossEntropyFunction: "cross_entropy",
    CrossEntropyOnProbabilitiesFunction: "cross_entropy_on_probabilities",
}


def op_of(output: Tensor, x: Tensor) -> str | None:
    """The op that made ``output`` directly from ``x``; None where it was no single op that has a page."""
    node: Any = output.grad_fn
    if node is None:
        return None
    name = _PAGES.get(getattr(type(node), "_forward_cls", None))
    if name is None and node.name() == "DivBackward0":  # (x − mean) / scale by constants
        inner, divisor = (following[0] for following in node.next_functions)
        if inner is not None and inner.name() == "SubBackward0" and divisor is None:
            name, node = "standardize", inner
            if node.next_functions[1][0] is not None:
                return None
    return name if name and node.next_functions[0][0] is _node(x) else None


def _node(x: Tensor) -> Any:
    """Where the gradient of ``x`` goes: its own op, or for a leaf the place that gathers it."""
    return torch.autograd.graph.get_gradient_edge(x).node


def saved_by(output: Tensor) -> tuple[Tensor, ...]:
    """What the op that made ``output`` keeps for the way back."""
    node: Any = output.grad_fn
    kept = node.saved_tensors if hasattr(node, "saved_tensors") else (node._saved_other,)
    return tuple(tensor for tensor in kept if tensor is not None)


def loss_note(output: Tensor) -> tuple[str, int, float]:
    """What the rule of a loss has noted: the reduction, the ignored index and the smoothing."""
    node: Any = output.grad_fn
    if hasattr(node, "convention"):
        ignore_index, reduction, smoothing = node.convention
        return cast(str, reduction), int(ignore_index), float(smoothing)
    return cast(str, node.reduction), -100, 0.0


def normalised_dim(output: Tensor) -> int:
    """The dimension along which softmax or log_softmax ran, counted from the first."""
    node: Any = output.grad_fn
    return int(node.dim) % output.dim()
