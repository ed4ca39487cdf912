"""The laws, a file a family."""

from handgrad.laws._law import Law
from handgrad.laws.families import _reverse

LAWS: tuple[Law, ...] = (*_reverse.LAWS,)
"""All laws, in the order in which they are tried and reported."""
