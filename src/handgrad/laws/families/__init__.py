"""The laws, a file a family."""

from handgrad.laws._law import Law
from handgrad.laws.families import (
    _arguments,
    _autocast,
    _checkpoints,
    _compile,
    _distributed,
    _dtypes,
    _export,
    _integrity,
    _layouts,
    _modes,
    _reverse,
    _rules,
    _saved,
    _shapes,
    _tensors,
    _tracing,
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
    *_tensors.LAWS,
    *_modes.LAWS,
    *_checkpoints.LAWS,
    *_tracing.LAWS,
    *_compile.LAWS,
    *_export.LAWS,
    *_distributed.LAWS,
)
"""All laws, in the order in which they are tried and reported."""
