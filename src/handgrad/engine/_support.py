"""What an engine without a tape can be asked for."""

from __future__ import annotations

from torch import nn

from handgrad.engine._engine import Loss
from handgrad.nn import MLP, Ensemble, EnsembleLoss, FullyConnected


class UnsupportedError(ValueError):
    """An engine cannot do what it is asked for; the message names the one that can."""


class Support:
    """A net and a loss whose gradients can be had without a tape.

    Args:
        engine: the name of the engine that asks.
        net: what learns.
        loss: takes the output of the net and the targets.

    Attributes:
        net: the net.

    Raises:
        UnsupportedError: they cannot; the message says why.
        ValueError: an ensemble has a loss of one network, or the other way round.
    """

    def __init__(self, engine: str, net: nn.Module, loss: Loss) -> None:
        reason = _reason(net, loss)
        if reason is not None or not isinstance(net, FullyConnected):
            raise UnsupportedError(f"engine={engine}: {reason}; use engine=tape, which can")
        if isinstance(net, Ensemble) != isinstance(loss, EnsembleLoss):
            advice = "wrap it: EnsembleLoss(loss)" if isinstance(net, Ensemble) else "take the loss in it"
            raise ValueError(
                f"engine={engine}: expected a loss of the {type(net).__name__}, got {type(loss).__name__}; {advice}"
            )
        self._engine, self.net = engine, net
        self._parameters, self._modules = list(net.parameters()), list(net.modules())

    def check(self) -> None:
        """Raise UnsupportedError if a parameter has been frozen since, or a hook been added."""
        if any(map(_frozen_or_hooked, self._parameters)) or any(map(_hooked, self._modules)):
            raise UnsupportedError(f"engine={self._engine}: {_obstacle(self.net)}; use engine=tape, which can")


def _reason(net: nn.Module, loss: Loss) -> str | None:
    if type(net) not in (MLP, Ensemble):
        return f"expected a handgrad.nn.MLP or Ensemble, whose layers it knows, got {type(net).__name__}"
    one = loss.loss if isinstance(loss, EnsembleLoss) else loss
    if not hasattr(one, "gradient"):
        return f"expected a loss with a method gradient(output, target), got {type(one).__name__}"
    return _obstacle(net)


def _obstacle(net: nn.Module) -> str | None:
    frozen = [name for name, parameter in net.named_parameters() if not parameter.requires_grad]
    if frozen:
        return f"expected parameters that all require grad, got frozen ones: {', '.join(frozen)}"
    hooked = [
        name
        for name, module in net.named_modules()
        if _hooked(module) or any(map(_frozen_or_hooked, module.parameters(recurse=False)))
    ]
    if hooked:
        return f"expected modules without hooks, which it would not call, got hooks on {', '.join(map(repr, hooked))}"
    return None


def _frozen_or_hooked(parameter: nn.Parameter) -> bool:
    return bool(not parameter.requires_grad or parameter._backward_hooks or parameter._post_accumulate_grad_hooks)


def _hooked(module: nn.Module) -> bool:
    return bool(
        module._forward_hooks or module._forward_pre_hooks or module._backward_hooks or module._backward_pre_hooks
    )
