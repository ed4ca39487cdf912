"""A net as plain containers, and back: with these a checkpoint can be loaded without running code from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from handgrad.nn import MLP, Ensemble, FullyConnected
from handgrad.training._errors import CheckpointError

_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


def net_record(net: nn.Module) -> dict[str, Any]:
    """Return the kind and the constructor's arguments of a net.

    An MLP, an Ensemble and a ``Sequential`` of Linear, ReLU, Sigmoid and Tanh can be rebuilt; any other net leaves only its name.
    """
    if isinstance(net, Ensemble):
        return {"kind": "ensemble", **_shape(net), "members": net.members}
    if isinstance(net, MLP):
        return {"kind": "mlp", **_shape(net)}
    layers = [_layer_record(layer) for layer in net] if type(net) is nn.Sequential else [None]
    if None not in layers:
        return {"kind": "sequential", "layers": layers}
    return {"kind": "other", "name": type(net).__qualname__}


def build_net(record: dict[str, Any]) -> nn.Module:
    """Build the net of a record, with fresh weights.

    Raises:
        CheckpointError: The net is of a kind that only its own code can build.
    """
    match record:
        case {"kind": "mlp", **arguments}:
            return MLP(**arguments)
        case {"kind": "ensemble", **arguments}:
            return Ensemble(**arguments)
        case {"kind": "sequential", "layers": layers}:
            return nn.Sequential(*map(_layer, layers))
        case {"kind": "other", "name": name}:
            raise CheckpointError(
                f"load_task: expected an MLP or a plain Sequential, got a checkpoint of {name!r}, "
                f"which only its own code can build; pass it: load_task(path, net={name}(…))"
            )
    raise CheckpointError(f"load_task: expected the record of a net, got {record!r}: not written by handgrad")


def _shape(net: FullyConnected) -> dict[str, Any]:
    return {
        "in_features": net.in_features,
        "hidden": list(net.hidden),
        "out_features": net.out_features,
        "activation": net.activation,
    }


def _layer_record(layer: nn.Module) -> list[Any] | None:
    if type(layer) is nn.Linear:
        return ["linear", layer.in_features, layer.out_features, layer.bias is not None]
    return next(([name] for name, kind in _ACTIVATIONS.items() if type(layer) is kind), None)


def _layer(record: list[Any]) -> nn.Module:
    match record:
        case ["linear", int(in_features), int(out_features), bool(bias)]:
            return nn.Linear(in_features, out_features, bias)
        case [str(name)] if name in _ACTIVATIONS:
            return _ACTIVATIONS[name]()
    raise CheckpointError(f"load_task: expected a known layer, got {record!r}; the file was not written by handgrad")
