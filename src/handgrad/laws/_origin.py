"""How another program gets hold of a function."""

from __future__ import annotations

import functools
import os
import site
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Origin:
    """Where a function is imported from.

    Attributes:
        module: the module's name.
        name: the attribute, perhaps dotted: ``ReLUFunction.apply``.
        folder: what must be put on the path first; empty where nothing need be.
    """

    module: str
    name: str
    folder: str = ""

    @property
    def path(self) -> list[str]:
        """The lines that must come before the import."""
        return ["import sys", f"sys.path.insert(0, {self.folder!r})"] if self.folder else []

    @property
    def line(self) -> str:
        """The import."""
        return f"from {self.module} import {self.name.partition('.')[0]}"


def origin_of(fn: Callable[..., Any]) -> Origin | None:
    """Where ``fn`` can be imported from; None for a lambda, a local function and what else has no name in a module."""
    for module_name, name in _candidates(fn):
        module = sys.modules.get(module_name)
        if module is not None and _same(_reached(module, name), fn):
            file = getattr(module, "__file__", None)
            if module_name == "__main__":
                return Origin(Path(file).stem, name, _folder(Path(file).parent)) if file else None
            return Origin(module_name, name, _folder(_root(module_name, Path(file))) if file else "")
    return None


def _candidates(fn: Callable[..., Any]) -> Iterator[tuple[str, str]]:
    """Module and attribute that may lead to ``fn``: torch's own, what it says of itself, then any module that has it."""
    owner = getattr(fn, "__self__", None)
    name = getattr(fn, "__name__", "")
    if isinstance(owner, type):
        yield owner.__module__, f"{owner.__qualname__}.{name}"
    yield "torch", name
    yield "torch.nn.functional", name
    yield str(getattr(fn, "__module__", "")), str(getattr(fn, "__qualname__", name))
    for module_name, module in list(sys.modules.items()):
        if isinstance(module, ModuleType):
            yield from ((module_name, attribute) for attribute, value in list(vars(module).items()) if value is fn)


def _reached(module: ModuleType, name: str) -> Any:
    try:
        return functools.reduce(getattr, name.split("."), module)
    except AttributeError:
        return None


def _same(found: Any, fn: Callable[..., Any]) -> bool:
    """Whether they are one; a bound method is made anew at each look."""
    if found is fn:
        return True
    owner = getattr(fn, "__self__", None)
    return isinstance(owner, type) and getattr(found, "__self__", None) is owner


def _root(module_name: str, file: Path) -> Path:
    """The folder that is searched for the module's first name."""
    up = module_name.count(".") + (file.stem == "__init__")
    return file.resolve().parents[up]


def _folder(root: Path) -> str:
    """Relative where it is below here; empty where Python searches it anyway."""
    searched = [
        *site.getsitepackages(),
        sysconfig.get_path("stdlib"),
        *os.environ.get("PYTHONPATH", "").split(os.pathsep),
    ]
    if root in {Path(path).resolve() for path in searched if path}:
        return ""
    here = Path.cwd()
    return str(root.relative_to(here)) if root.is_relative_to(here) else str(root)
