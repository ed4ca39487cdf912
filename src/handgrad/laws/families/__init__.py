"""The laws, a file a family."""

from handgrad.laws._law import Law
from handgrad.laws.families import (
    _arguments,
    _autocast,
    _checkpoints,
    _dtypes,
    _forward,
    _functorch,
    _integrity,
    _layouts,
    _modes,
    _reverse,
    _rules,
    _saved,
    _second_order,
    _shapes,
    _tensors,
    _tracing,
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
    *_layouts.LAWS,
    *_shapes.LAWS,
    *_arguments.LAWS,
    *_rules.LAWS,
    *_integrity.LAWS,
    *_saved.LAWS,
    *_dtypes.LAWS,
    *_autocast.LAWS,
    *_tensors.LAWS,
    *_modes.LAWS,
    *_checkpoints.LAWS,
    *_tracing.LAWS,
)
"""All laws, in the order in which they are tried and reported."""
