"""What a value may be, in words and as a test, beside the field it belongs to.

A schema (``configuration.py``) gives each field a type, which OmegaConf enforces while it composes, and a range, which
:func:`check` enforces before anything heavy is imported:

    lr: Annotated[float, above(0)]
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

from omegaconf import DictConfig, ListConfig, OmegaConf

from near_matches import did_you_mean


class ConfigurationError(ValueError):
    """The configuration composes, but a value in it cannot be meant."""


@dataclasses.dataclass(frozen=True)
class Range:
    """A condition on one value.

    Attributes:
        words: completes the sentence "<key> must be …".
        holds: whether a value meets the condition.
        choices: the values themselves when they can be listed, to name near matches.
    """

    words: str
    holds: Callable[[Any], bool]
    choices: tuple[str, ...] = ()


def above(low: float) -> Range:
    """A finite number greater than ``low``."""
    return Range(f"a finite number above {low}", lambda value: math.isfinite(value) and value > low)


def at_least(low: float) -> Range:
    """A finite number not smaller than ``low``."""
    return Range(f"at least {low}", lambda value: math.isfinite(value) and value >= low)


def within(low: float, high: float) -> Range:
    """A number of the closed interval [``low``, ``high``]."""
    return Range(f"between {low} and {high}", lambda value: low <= value <= high)


def inside(low: float, high: float) -> Range:
    """A number of the open interval (``low``, ``high``)."""
    return Range(f"between {low} and {high}, both excluded", lambda value: low < value < high)


def one_of(*choices: str) -> Range:
    """One of the listed words."""
    return Range(f"one of {', '.join(choices)}", lambda value: value in choices, choices)


def either(first: Range, second: Range) -> Range:
    """What one of two ranges allows."""
    return Range(
        f"{first.words} or {second.words}",
        lambda value: _fits(first, value) or _fits(second, value),
        first.choices + second.choices,
    )


def each(limits: Range) -> Range:
    """A list, possibly empty, of values of one range."""
    return Range(f"a list, each of it {limits.words}", lambda values: all(map(limits.holds, values)))


def exactly(number: float) -> Range:
    """That one number."""
    return Range(str(number), lambda value: value == number)


def _fits(limits: Range, value: Any) -> bool:
    """Whether ``value`` is of a type that ``limits`` understands, and within them."""
    try:
        return limits.holds(value)
    except TypeError:
        return False


def check(cfg: DictConfig, path: str = "") -> None:
    """Raise for the first value of ``cfg`` that is missing, unknown to its schema or out of its range.

    Args:
        cfg: a composed configuration; nodes without a schema are passed over, their children are not.
        path: dotted name of ``cfg`` inside the whole.

    Raises:
        ConfigurationError: with the key, what it must be, what it is, and the near matches of a misspelt word.
    """
    schema = OmegaConf.get_type(cfg)
    if dataclasses.is_dataclass(schema) and isinstance(schema, type):
        for problem in _problems(cfg, schema, path):
            raise ConfigurationError(problem)
    for name in map(str, cfg):
        elsewhere = OmegaConf.is_missing(cfg, name) or OmegaConf.is_interpolation(cfg, name)
        if not elsewhere and isinstance(cfg[name], DictConfig):
            check(cfg[name], f"{path}{name}.")


def _problems(cfg: DictConfig, schema: type[Any], path: str) -> Iterator[str]:
    """Yield what is wrong with the values that stand directly in ``cfg``, one sentence each."""
    fields = get_type_hints(schema, include_extras=True)
    for name in map(str, cfg):
        key = f"{path}{name}"
        if OmegaConf.is_missing(cfg, name):
            yield f"{key} is missing: add {key}=…"
        elif name not in fields:
            if not getattr(schema, "open_ended", False):
                yield f"{key} is unknown.{did_you_mean(key, [path + field for field in fields])}"
        else:
            for limits in getattr(fields[name], "__metadata__", ()):
                yield from _out_of_range(key, cfg[name], limits)


def _out_of_range(key: str, value: Any, limits: Range) -> Iterator[str]:
    """Yield the sentence for a value outside its range; ``None`` stands for "left out" wherever the type allows it."""
    if isinstance(value, ListConfig):
        value = list(value)
    if value is not None and not _fits(limits, value):
        yield f"{key} must be {limits.words}, got {value!r}.{did_you_mean(str(value), limits.choices)}"
