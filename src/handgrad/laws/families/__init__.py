"""The laws, a file a family."""

from handgrad.laws._law import Law
from handgrad.laws.families import (
    _arguments,
    _autocast,
    _dtypes,
    _integrity,
    _layouts,
    _reverse,
    _rules,
    _saved,
    _shapes,
)

LAWS: tuple[Law, ...] = (
    *_reverse.LAWS,
    *_layouts.LAWS,
    *_shapes.LAWS,
    *_arguments.LAWS,
    *_rules.LAWS,
    *_integrity.LAWS,
    *_saved.LAWS,
    *_dtypes.LAWS,
    *_autocast.LAWS,
)
"""All laws, in the order in which they are tried and reported."""
