"""What an engine without a tape can be asked for."""

from __future__ import annotations

from torch import nn

from handgrad.engine._engine import Loss
from handgrad.nn import MLP, Ensemble, EnsembleLoss, FullyConnected


class UnsupportedError(ValueError):
    """An engine cannot do what it is asked for; the message names the one that can."""


def require_support(engine: str, net: nn.Module, loss: Loss) -> FullyConnected:
    """Return the net if its gradients can be had without a tape.

    Raises:
        UnsupportedError: they cannot; the message says why.
        ValueError: an ensemble has a loss of one network, or the other way round.
    """
    reason = _reason(net, loss)
    if reason is not None or not isinstance(net, FullyConnected):
        raise UnsupportedError(f"engine={engine}: {reason}; use engine=tape, which can")
    if isinstance(net, Ensemble) != isinstance(loss, EnsembleLoss):
        advice = "wrap it: EnsembleLoss(loss)" if isinstance(net, Ensemble) else "take the loss in it"
        raise ValueError(
            f"engine={engine}: expected a loss of the {type(net).__name__}, got {type(loss).__name__}; {advice}"
        )
    return net


def _reason(net: nn.Module, loss: Loss) -> str | None:
    if type(net) not in (MLP, Ensemble):
        return f"expected a handgrad.nn.MLP or Ensemble, whose layers it knows, got {type(net).__name__}"
    one = loss.loss if isinstance(loss, EnsembleLoss) else loss
    if not hasattr(one, "gradient"):
        return f"expected a loss with a method gradient(output, target), got {type(one).__name__}"
    frozen = [name for name, parameter in net.named_parameters() if not parameter.requires_grad]
    if frozen:
        return f"expected parameters that all require grad, got frozen ones: {', '.join(frozen)}"
    hooked = [name for name, module in net.named_modules() if _hooks(module)]
    if hooked:
        return f"expected modules without hooks, which it would not call, got hooks on {', '.join(map(repr, hooked))}"
    return None


def _hooks(module: nn.Module) -> bool:
    parameters = module.parameters(recurse=False)
    return bool(
        module._forward_hooks
        or module._forward_pre_hooks
        or module._backward_hooks
        or module._backward_pre_hooks
        or any(parameter._backward_hooks or parameter._post_accumulate_grad_hooks for parameter in parameters)
    )
