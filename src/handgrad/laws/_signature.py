"""The parameters of a function, also where it is the ``apply`` of a `Function`, which itself says only ``*args``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from torch.autograd import Function


def signature_of(fn: Callable[..., Any]) -> inspect.Signature | None:
    """The signature of ``fn``, for the ``apply`` of a `Function` that of ``forward`` without the context; None if not told."""
    owner = getattr(fn, "__self__", None)
    if not (isinstance(owner, type) and issubclass(owner, Function) and fn.__name__ == "apply"):
        return _told(fn)
    signature = _told(owner.forward)
    if (
        signature is not None and owner.setup_context is Function.setup_context
    ):  # then the first parameter is the context
        return signature.replace(parameters=list(signature.parameters.values())[1:])
    return signature


def _told(fn: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(fn)
    except (TypeError, ValueError):
        return None
