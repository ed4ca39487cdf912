from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from omegaconf import OmegaConf

from ranges import (
    ConfigurationError,
    Range,
    above,
    at_least,
    check,
    each,
    either,
    exactly,
    inside,
    one_of,
    within,
)

INFINITY, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("limits", "good", "bad"),
    [
        (above(0), [1e-9, 1], [0, -1, INFINITY, NAN]),
        (at_least(1), [1, 7], [0, -1, INFINITY, NAN]),
        (within(0, 1), [0, 0.5, 1], [-0.1, 1.1, NAN]),
        (inside(0, 1), [0.5], [0, 1, NAN]),
        (one_of("a", "b"), ["a"], ["c", ""]),
        (each(at_least(1)), [[], [1, 2]], [[1, 0]]),
        (either(exactly(-1), at_least(1)), [-1, 5], [0, -2]),
        (either(one_of("auto"), at_least(1)), ["auto", 2], ["none", 0]),
    ],
)
def test_a_range_holds_what_it_says(limits: Range, good: list[Any], bad: list[Any]) -> None:
    for fits, values in ((True, good), (False, bad)):
        for value in values:
            assert _accepted(limits, value) is fits, f"{value!r} must be {limits.words}"


def _accepted(limits: Range, value: Any) -> bool:
    """Whether a schema with this range accepts the value."""

    @dataclass
    class Schema:
        field: Any

    Schema.__annotations__["field"] = Annotated[Any, limits]
    try:
        check(OmegaConf.structured(Schema(value)))
    except ConfigurationError:
        return False
    return True


@dataclass
class Optimizer:
    lr: Annotated[float, above(0)]
    name: Annotated[str, one_of("sgd", "adam")]
    clip: Annotated[float | None, above(0)]


def composed(**values: Any) -> Any:
    return OmegaConf.create({"optimizer": OmegaConf.merge(OmegaConf.structured(Optimizer), values)})


def test_the_message_has_the_key_the_range_and_the_value() -> None:
    with pytest.raises(ConfigurationError, match=r"^optimizer.lr must be a finite number above 0, got -1.0\.$"):
        check(composed(lr=-1, name="sgd", clip=None))


def test_the_message_names_the_near_match_of_a_word() -> None:
    with pytest.raises(ConfigurationError, match=r"must be one of sgd, adam, got 'adm'\. Did you mean adam\?"):
        check(composed(lr=1, name="adm", clip=None))


def test_a_missing_value_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"optimizer.clip is missing: add optimizer.clip=…"):
        check(composed(lr=1, name="sgd"))


def test_a_key_that_the_schema_does_not_have_is_named() -> None:
    cfg = composed(lr=1, name="sgd", clip=None)
    OmegaConf.set_struct(cfg, False)
    OmegaConf.update(cfg, "optimizer.nmae", 1, force_add=True)
    with pytest.raises(ConfigurationError, match=r"optimizer.nmae is unknown. Did you mean optimizer.name\?"):
        check(cfg)


def test_left_out_is_not_out_of_range() -> None:
    check(composed(lr=1, name="sgd", clip=None))
