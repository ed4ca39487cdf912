"""How a script meets its user: one sentence for a mistake, a traceback for a bug, and an exit status for the shell."""

from __future__ import annotations

import functools
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from benchmarks.machine import machine
from composing import help_text
from mistakes import is_mistake, sentence
from typed_lines import PREDICT, train_line

FULL_ERROR = "HYDRA_FULL_ERROR"


def answer(application: Callable[[], Any], config_name: str) -> None:
    """Call a ``hydra.main`` application and leave the process with a sentence and a status where it fails.

    Status 0: done; 1: a mistake or a bug; 2: a malformed line; 130: Ctrl-C; 143: SIGTERM. With HYDRA_FULL_ERROR=1 every
    failure shows its traceback.
    """
    try:
        with _environment(FULL_ERROR, "1"):  # Hydra raises instead of printing: the wording is ours
            if {"--help", "-h"} & set(sys.argv[1:]):
                print(help_text(config_name, sys.argv[1:]))
            else:
                application()
    except KeyboardInterrupt:
        sys.exit(130)
    except SystemExit as stop:
        sys.exit(_status(stop))
    except Exception as error:
        if os.environ.get(FULL_ERROR) == "1" or not is_mistake(error):
            traceback.print_exc()
            sys.exit(1)
        sys.exit(f"{Path(sys.argv[0]).name}: {sentence(error, config_name)}")


def job(task: Callable[[DictConfig], Any]) -> Callable[[DictConfig], Any]:
    """Decorate the task function that goes into ``hydra.main``.

    The task sees the user's own HYDRA_FULL_ERROR, and hands it on to the processes that it starts. In a single run a
    mistake leaves at once, before Hydra repeats the overrides; in a multirun it goes up, so that the other jobs run.
    """

    @functools.wraps(task)
    def run(cfg: DictConfig) -> Any:
        try:
            with _environment(FULL_ERROR, _users_full_error):
                return task(cfg)
        except Exception as error:
            single = HydraConfig.get().mode is RunMode.RUN
            if single and _users_full_error != "1" and is_mistake(error):
                sys.exit(f"{Path(sys.argv[0]).name}: {sentence(error)}")
            raise

    return run


_users_full_error = os.environ.get(FULL_ERROR)


@contextmanager
def _environment(name: str, value: str | None) -> Iterator[None]:
    """Set (or with ``None`` unset) an environment variable for a while."""
    before = os.environ.pop(name, None)
    if value is not None:
        os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name, None)
        if before is not None:
            os.environ[name] = before


def _status(stop: SystemExit) -> Any:
    """The exit status that a shell or a scheduler expects; Lightning leaves with 1 after Ctrl-C and 0 after SIGTERM."""
    if isinstance(stop.__context__, KeyboardInterrupt):
        return 130
    return 143 if type(stop).__name__ == "SIGTERMException" else stop.code


def is_first_process() -> bool:
    """Whether this is the process that owns the run directory and speaks: the only one, or rank zero of several."""
    ranks = (os.environ.get(name) for name in ("RANK", "LOCAL_RANK", "SLURM_PROCID"))
    return next((rank for rank in ranks if rank is not None), "0") == "0"


@functools.cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="handgrad-")


def _run_directory(root: str) -> str:
    """``root/<date>/<time>``, to the microsecond, so that two runs of one second stay apart.

    Under torchrun every rank composes its own configuration and would make a directory of its own; only rank zero's is
    used, and the others get one that vanishes. ``hydra.run.dir=…`` gives all of them the same.
    """
    return f"{root}/{datetime.now():%Y-%m-%d/%H-%M-%S-%f}" if is_first_process() else _scratch().name


def _on_first_process(here: Any, elsewhere: Any = None) -> Any:
    return here if is_first_process() else elsewhere


def _given(key: str, *, _root_: DictConfig) -> bool:
    return OmegaConf.select(_root_, key) is not None


def register_resolvers() -> None:
    """Make known to OmegaConf what the files in ``conf/`` cannot know themselves, such as ``${run_dir:…}``."""
    OmegaConf.register_new_resolver("given", _given, replace=True)
    OmegaConf.register_new_resolver("run_dir", _run_directory, use_cache=True, replace=True)
    OmegaConf.register_new_resolver("on_first_process", _on_first_process, replace=True)
    OmegaConf.register_new_resolver("environment", machine, use_cache=True, replace=True)
    OmegaConf.register_new_resolver("command", train_line, replace=True)
    OmegaConf.register_new_resolver("predict_command", lambda: PREDICT, replace=True)
