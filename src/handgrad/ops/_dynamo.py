"""Tell torch.compile's front end to take a rule as it is, without importing the front end before somebody compiles.

``torch.compiler.allow_in_graph`` imports ``torch._dynamo``, about a second that ``import handgrad`` must not cost. So rules wait in
a list until ``torch._dynamo`` is imported by whoever needs it.
"""

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import torch

_FRONT_END = "torch._dynamo"
_waiting: list[type] = []


def allow_in_graph(rule: type) -> None:
    """Make Dynamo write ``rule.apply`` into its graph: now if Dynamo is there, else as soon as it is imported."""
    if _FRONT_END in sys.modules:
        torch.compiler.allow_in_graph(rule)
    else:
        _waiting.append(rule)


class _FrontEndFinder(MetaPathFinder):
    """Steps in once, when ``torch._dynamo`` is first imported."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != _FRONT_END:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _RegisteringLoader(spec.loader)
        return spec


class _RegisteringLoader(Loader):
    """Loads as the ordinary loader does, then registers the waiting rules."""

    def __init__(self, ordinary: Loader) -> None:
        self._ordinary = ordinary

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ordinary, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._ordinary.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._ordinary.exec_module(module)
        while _waiting:
            torch.compiler.allow_in_graph(_waiting.pop())


if _FRONT_END not in sys.modules:
    sys.meta_path.insert(0, _FrontEndFinder())
