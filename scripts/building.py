"""From a node of the configuration to the object that it describes."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from near_matches import did_you_mean
from ranges import ConfigurationError


def build(node: DictConfig | None, **arguments: Any) -> Any:
    """Build what ``node._target_`` names; the one place that instantiates (Hydra 1.5 will ask for an allow list here).

    Hydra only locates the target and prepares its arguments. The call is ours: an error of the constructor arrives as
    it was raised, and a ``_partial_`` is a plain :class:`functools.partial` (Hydra's own costs 78 µs a call).

    Args:
        node: ``_target_`` and its arguments, or nothing.
        arguments: further arguments; they take precedence over the node's own and are passed on as they are.

    Returns:
        The object, a ``functools.partial`` of it if the node says ``_partial_: true``, or ``None`` for no node.

    Raises:
        ConfigurationError: the target has no parameter of such a name.
        Exception: whatever the constructor raises.
    """
    if not node:
        return None
    description: Any = OmegaConf.to_container(node, resolve=True)
    later = description.pop("_partial_", False)
    deferred = instantiate(description, _partial_=True, _convert_="all")
    made = functools.partial(deferred.func, *deferred.args, **{**deferred.keywords, **arguments})
    _require_parameters(made)
    return made if later else made()


def build_each(nodes: DictConfig) -> list[Any]:
    """Build every node of a group such as ``callbacks``; those set to null are left out."""
    return [build(node) for node in nodes.values() if node]


def _require_parameters(call: functools.partial[Any]) -> None:
    """Raise ConfigurationError for an argument that ``call.func`` does not take, naming the near matches."""
    try:
        parameters = inspect.signature(call.func).parameters
    except ValueError:  # written in C, and does not say
        return
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    for name in call.keywords:
        if name not in parameters:
            near = did_you_mean(name, parameters)
            raise ConfigurationError(f"{call.func.__qualname__} has no parameter {name!r}.{near}")
