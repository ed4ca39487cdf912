"""The function as the compiler makes it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from handgrad.laws._subject import Subject


@contextmanager
def fresh_compiler() -> Iterator[None]:
    """Compile anew inside, with no processes beside this one, and forget it afterwards."""
    import torch._dynamo
    import torch._functorch.config
    import torch._inductor.config

    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    try:
        with (
            torch._functorch.config.patch(enable_autograd_cache=False),
            torch._inductor.config.patch(compile_threads=1),
        ):
            yield
    finally:
        torch._dynamo.reset()


def compiled(function: Callable[..., Any], backend: str, dynamic: bool = False) -> Callable[..., Any]:
    """``function`` compiled into one graph; wrapped, for the compiler passes over what is torch's own."""

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    result: Callable[..., Any] = torch.compile(wrapped, backend=backend, fullgraph=True, dynamic=dynamic)
    return result


def compiled_subject(subject: Subject, backend: str, dynamic: bool = False) -> Subject:
    """The subject with its function compiled; a module with parameters of its own, which stay its own."""
    if not isinstance(subject.fn, nn.Module):
        return replace(subject, fn=compiled(subject.fn, backend, dynamic))
    return replace(subject, fn=_Compiled(copy.deepcopy(subject.fn), backend, dynamic))


class _Compiled(nn.Module):
    """A compiled module whose parameters have their old names."""

    def __init__(self, module: nn.Module, backend: str, dynamic: bool) -> None:
        super().__init__()
        self._parameters = module._parameters
        self._modules = module._modules
        self._buffers = module._buffers
        self._run = compiled(module, backend, dynamic)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self._run(*args, **kwargs)


def graphs() -> int:
    """How many graphs were compiled since `fresh_compiler` began."""
    return int(torch._dynamo.utils.counters["stats"]["unique_graphs"])
