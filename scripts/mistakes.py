"""Which failures are the user's to mend, and what to say about them."""

from __future__ import annotations

import sys

from hydra.errors import CompactHydraException, MissingConfigException
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException

from composing import known_names
from near_matches import did_you_mean
from ranges import ConfigurationError

# Packages that check what they are given and say so in a ValueError, and what a file or a number can do to us.
CHECKING = ("handgrad", "lightning", "torch.optim")
MENDABLE = (ValueError, ArithmeticError, RuntimeError)


def is_mistake(error: BaseException) -> bool:
    """Whether ``error`` tells the user something about their line, files or data, rather than us about a bug."""
    if isinstance(error, ConfigurationError | CompactHydraException | OmegaConfBaseException | OSError):
        return True
    kinds = {kind.__name__ for kind in type(error).__mro__}  # by name: Lightning may not have been imported
    if "MisconfigurationException" in kinds:
        return True
    return isinstance(error, MENDABLE) and _raised_in(error).startswith(CHECKING)


def _raised_in(error: BaseException) -> str:
    """The name of the module whose ``raise`` it was."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return str(step.tb_frame.f_globals.get("__name__", "")) if step is not None else ""


def sentence(error: BaseException, config_name: str = "train") -> str:
    """What to say about a mistake: what is wrong, what was expected, and the nearest names."""
    cause = error.__cause__ if isinstance(error, CompactHydraException) else error
    if isinstance(error, MissingConfigException) and error.options is not None:
        return _unknown_choice(error)
    if isinstance(cause, ConfigAttributeError | ConfigKeyError):
        return _unknown_key(str(cause.full_key), config_name)
    if isinstance(cause, OmegaConfBaseException):
        return f"{cause.full_key}: {_first_line(cause)}" if cause.full_key else _first_line(cause)
    return str(error)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]


def _unknown_choice(error: MissingConfigException) -> str:
    group, _, choice = str(error.missing_cfg_file).rpartition("/")
    options = sorted(error.options or ())
    return f"{group}={choice} is unknown; {group} is one of {', '.join(options)}.{did_you_mean(choice, options)}"


def _unknown_key(key: str, config_name: str) -> str:
    near = did_you_mean(key, known_names(config_name, sys.argv[1:]))
    return f"{key} is unknown.{near} (--help lists all; +{key}=… adds it.)"
