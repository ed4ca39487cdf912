"""From ``some.module:function`` or ``some/file.py:function`` to the function."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn
from torch.autograd import Function


class TargetError(ValueError):
    """What names a function does not lead to one."""


def load_target(target: str) -> Callable[..., Any]:
    """Import the function that ``target`` names. This runs the code of its module.

    Args:
        target: ``module:attribute`` or ``path/to/file.py:attribute``; the attribute may be dotted. A `Function` stands for its
            ``apply``, a class of modules for one made without arguments. A file may import its neighbours.

    Raises:
        TargetError: a sentence: it is not of this form, the module is not there or raises, has no such attribute, or that
            cannot be called.
    """
    place, _, attribute = target.rpartition(":")
    if not place or not attribute:
        raise TargetError(f"target must be module:function or file.py:function, got {target!r}.")
    found: Any = _attribute(_from_file(place) if place.endswith(".py") else _from_name(place), place, attribute)
    if isinstance(found, type) and issubclass(found, nn.Module):
        return _made(found, target)
    if isinstance(found, type) and issubclass(found, Function):
        found = found.apply
    if not callable(found):
        raise TargetError(f"target: {target} must be a function, got {type(found).__name__}.")
    function: Callable[..., Any] = found
    return function


def _from_name(name: str) -> ModuleType:
    def run() -> ModuleType:
        return importlib.import_module(name)

    return _running(name, run)


def _from_file(place: str) -> ModuleType:
    path = Path(place).resolve()
    if not path.is_file():
        raise TargetError(f"target: there is no file {place!r} (from {Path.cwd()}).")
    known = sys.modules.get(path.stem)
    if known is not None and Path(getattr(known, "__file__", None) or "").resolve() != path:
        raise TargetError(
            f"target: {place} has the name of another module, {path.stem}, and would stand for it; rename the file."
        )
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise TargetError(f"target: {place} cannot be imported.")
    module, loader = importlib.util.module_from_spec(spec), spec.loader
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))  # as `python file.py` does, for what it imports from beside it

    def run() -> ModuleType:
        sys.modules[path.stem] = module
        loader.exec_module(module)
        return module

    try:
        return _running(place, run)
    except TargetError:
        sys.modules.pop(path.stem, None)
        raise


def _running(place: str, run: Callable[[], ModuleType]) -> ModuleType:
    """Import; whatever the module raises becomes one sentence with the line that raised it."""
    try:
        return run()
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and error.name and f"{place}.".startswith(f"{error.name}."):
            raise TargetError(f"target: there is no module {error.name!r} (from {Path.cwd()}).") from error
        raise TargetError(f"target: {place} does not import: {_told(error)}") from error


def _told(error: BaseException) -> str:
    words = f"{type(error).__name__}: {error}".partition("\n")[0].removesuffix(": ")
    if isinstance(error, SyntaxError):
        return words
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename]
    inside = [frame for frame in frames if frame.filename != __file__]
    return f"{words} ({Path(inside[-1].filename).name}, line {inside[-1].lineno})" if inside else words


def _attribute(module: ModuleType, place: str, dotted: str) -> Any:
    found: Any = module
    for name in dotted.split("."):
        if not hasattr(found, name):
            near = difflib.get_close_matches(name, [known for known in dir(found) if not known.startswith("_")])
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise TargetError(f"target: {place} has no {dotted!r}.{hint}")
        found = getattr(found, name)
    return found


def _made(kind: type[nn.Module], target: str) -> nn.Module:
    try:
        return kind()
    except TypeError as error:
        raise TargetError(
            f"target: {target} needs arguments to be made ({error}); name a module that is made."
        ) from error
