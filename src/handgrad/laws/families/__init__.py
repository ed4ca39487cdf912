"""The laws, a file a family."""

from handgrad.laws._law import Law
from handgrad.laws.families import (
    _extremes,
    _forward,
    _functorch,
    _kinks,
    _reverse,
    _saturation,
    _second_order,
    _value,
    _vmap,
)

LAWS: tuple[Law, ...] = (
    *_value.LAWS,
    *_reverse.LAWS,
    *_forward.LAWS,
    *_second_order.LAWS,
    *_functorch.LAWS,
    *_vmap.LAWS,
    *_kinks.LAWS,
    *_extremes.LAWS,
    *_saturation.LAWS,
)
"""All laws, in the order in which they are tried and reported."""
