"""From the configuration of check.py to a report. Imports torch."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf

from checking.arguments import arguments
from handgrad import laws
from near_matches import did_you_mean
from ranges import ConfigurationError


def judge(cfg: DictConfig) -> laws.Report:
    """Load what ``cfg`` names, make its arguments, and judge it.

    Raises:
        ConfigurationError: an unknown law, a device that is not there.
        ValueError: the target or the oracle does not load, or cannot be called with the arguments.
    """
    options: Any = OmegaConf.to_container(cfg, resolve=True)
    known = [*(law.name for law in laws.LAWS), *dict.fromkeys(law.family for law in laws.LAWS)]
    _require_known("laws", options["laws"] or [], [*known, "all"])
    _require_known("waive", options["waive"] or {}, known)
    _require_device(cfg.device)
    torch.set_num_threads(cfg.threads)
    sys.path.insert(0, str(Path.cwd()))  # modules of the working folder are found, as with `python -m`
    torch.manual_seed(cfg.seed)
    fn = laws.load_target(_target(cfg.target))
    oracle = None if cfg.oracle is None else laws.load_target(_target(cfg.oracle))
    generator = torch.Generator().manual_seed(cfg.seed)
    keywords: Mapping[str, Any] = options["kwargs"] or {}
    drawn = arguments([*options["inputs"], *keywords.values()], cfg.dtype, cfg.device, generator)
    count = len(options["inputs"])
    return laws.check(
        fn.to(cfg.device, getattr(torch, cfg.dtype)) if isinstance(fn, torch.nn.Module) else fn,
        drawn[:count],
        kwargs=dict(zip(keywords, drawn[count:], strict=True)),
        oracle=oracle,
        laws=options["laws"],
        waive=options["waive"],
        strict=cfg.strict,
        seed=cfg.seed,
        time_limit=cfg.time_limit,
    )


def _target(name: str) -> str:
    """A module that is a file of the working folder is taken as that file, since the modules of this script come first."""
    module, colon, attribute = name.rpartition(":")
    return f"{module}.py:{attribute}" if colon and Path(f"{module}.py").is_file() else name


def _require_known(key: str, names: str | list[str] | Mapping[str, str], known: list[str]) -> None:
    for name in [names] if isinstance(names, str) else names:
        if name not in known:
            raise ConfigurationError(
                f"{key}: {name!r} is no law. Known: {', '.join(known)}.{did_you_mean(str(name), known)}"
            )


def _require_device(name: str) -> None:
    """Raise unless a tensor can be made on the device of that name."""
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        words = str(error).partition("\n")[0]
        raise ConfigurationError(f"device={name} cannot be used on this machine: {words}") from error
