"""Calls written down as a Python function: one line for each kernel."""

from __future__ import annotations

import builtins
import math
import re
from collections.abc import Callable, Collection
from types import CodeType, FunctionType
from typing import Any

from torch import Tensor

from handgrad.engine._recording import Place, Scalar


class Source:
    """A function in the making.

    Args:
        tensor: gives the tensor at a place that is the same in each step.
        fed: storages that are others in each step.

    Attributes:
        views: what each step has to be given: the views of the storages that are fed, by place.
    """

    def __init__(self, tensor: Callable[[Place], Tensor], fed: Collection[int]) -> None:
        self._tensor = tensor
        self._fed = fed
        self._made: dict[int, Place] = {}
        self._names: dict[Any, str] = {}
        self._values: dict[str, Any] = {"__builtins__": builtins}
        self._lines: list[str] = []
        self.views: dict[Place, str] = {}

    def call(
        self, function: Callable[..., Any], arguments: Any, keywords: dict[str, Any], result: Place | None
    ) -> None:
        """Add a call; ``result`` is what it returns, if that is read."""
        words = [self._text(value) for value in arguments]
        words += [f"{name}={self._text(value)}" for name, value in keywords.items()]
        text = f"{self._bound(function, _name_of(function))}({', '.join(words)})"
        if result is not None:
            self._made[result.storage] = result
            self._names[result] = f"made_{len(self._made)}"
            text = f"{self._names[result]} = {text}"
        self._lines.append(text)

    def text(self, scalars: Collection[Scalar]) -> str:
        """The whole function: ``run(steps, after, …)`` with the views of each step, what to call after it, and numbers."""
        names = "".join(f"{name}, " for name in self.views.values())
        body = "".join(f"        {line}\n" for line in [*self._released(), "after()"])
        numbers = "".join(f", {scalar.name}" for scalar in scalars)
        return f"def run(steps, after{numbers}):\n    for {names or '_'} in steps:\n{body}"

    def _released(self) -> list[str]:
        """The lines, letting go of what kernels have made, and of its views, after its last use."""
        lines = list(self._lines)
        made = {name for key, name in self._names.items() if isinstance(key, Place) and key.storage in self._made}
        for name in made:
            last = max(index for index, line in enumerate(self._lines) if re.search(rf"\b{name}\b", line))
            lines[last] += f"; del {name}"
        return lines

    def compiled(self, scalars: Collection[Scalar] = ()) -> Callable[..., None]:
        """The function itself."""
        module = compile(self.text(scalars), "<recorded step>", "exec")
        (body,) = [constant for constant in module.co_consts if isinstance(constant, CodeType)]
        return FunctionType(body, self._values)

    def _text(self, value: Any) -> str:
        match value:
            case Place():
                return self._place(value)
            case Scalar():
                return value.name
            case list():
                return f"[{', '.join(map(self._text, value))}]"
            case None | bool() | int() | str():
                return repr(value)
            case float() if math.isfinite(value):
                return repr(value)
        return self._bound(value, "value")

    def _place(self, place: Place) -> str:
        if place.storage in self._fed:
            return self.views.setdefault(place, f"fed_{len(self.views)}")
        if place not in self._names and place.storage in self._made:
            return self._view(place)
        if place not in self._names:
            self._names[place] = self._bound(self._tensor(place), "tensor")
        return self._names[place]

    def _view(self, place: Place) -> str:
        """A view of what a kernel has made, taken before its first use."""
        whole = self._made[place.storage]
        bits = "" if place.dtype is whole.dtype else f".view({self._bound(place.dtype, 'dtype')})"
        name = self._names[place] = f"view_{len(self._names)}"
        layout = f"{place.size}, {place.stride}, {place.offset}"
        self._lines.append(f"{name} = {self._names[whole]}{bits}.as_strided({layout})")
        return name

    def _bound(self, value: Any, name: str) -> str:
        """A name for an object of the namespace."""
        key = id(value)
        if key not in self._names:
            unique = name if name not in self._values else f"{name}_{len(self._values)}"
            self._names[key] = unique
            self._values[unique] = value
        return self._names[key]


def _name_of(function: Callable[..., Any]) -> str:
    name = getattr(function, "__name__", None) or type(function).__name__
    return re.sub(r"\W", "_", name)
