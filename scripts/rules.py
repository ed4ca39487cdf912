"""What the configuration must be as a whole, on this machine and for these data; single values: ``ranges.py``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from ranges import ConfigurationError, check

RELAUNCHING = ("auto", "ddp", "ddp_find_unused_parameters_false", "ddp_find_unused_parameters_true")
RESUME_WORDS = ("last", "best", "hpc", "registry")


def check_training(cfg: DictConfig) -> None:
    """Raise for a configuration of a training that cannot be meant, without importing anything heavy.

    Raises:
        ConfigurationError: a value out of range, or two that exclude each other.
        FileNotFoundError: the checkpoint to resume from is not there.
    """
    check(cfg)
    data, ckpt_path = cfg.data, cfg.ckpt_path
    held_out = data.get("validation_fraction", 0) + data.get("test_fraction", 0)
    if held_out >= 1:
        raise ConfigurationError(
            f"data.validation_fraction + data.test_fraction must leave rows to train on, got {held_out:g} of all rows."
        )
    if ckpt_path is not None and ckpt_path not in RESUME_WORDS:
        require_file("ckpt_path", ckpt_path)
    if HydraConfig.get().mode is RunMode.MULTIRUN and _relaunches(cfg.trainer):
        raise ConfigurationError(
            f"-m and trainer.strategy={cfg.trainer.strategy} on several devices exclude each other: the strategy "
            "starts this script again once per device, and each would run the whole sweep. Use "
            "trainer.strategy=ddp_spawn, or one torchrun per trial: "
            "torchrun --nproc-per-node 2 scripts/train.py trainer=ddp …"
        )


def require_file(key: str, path: str) -> None:
    """Raise FileNotFoundError unless ``path`` is a file."""
    if not Path(path).is_file():
        raise FileNotFoundError(f"{key}: there is no file {path!r} (from {Path.cwd()}).")


def require_folder(key: str, path: str | None) -> None:
    """Raise ConfigurationError now, not after minutes of work, if the file ``path`` cannot be written; None is no file."""
    if path is not None and (Path(path).is_dir() or not Path(path).absolute().parent.is_dir()):
        raise ConfigurationError(f"{key} must be a file in a folder that exists, got {path!r} (from {Path.cwd()}).")


def _relaunches(trainer: DictConfig) -> bool:
    """Whether Lightning would start further copies of this script."""
    devices: Any = trainer.devices
    several = devices in (-1, "-1") or (isinstance(devices, int) and devices > 1) or _length(devices) > 1
    if devices == "auto":
        several = trainer.accelerator != "cpu"
    outside = "TORCHELASTIC_RUN_ID" in os.environ or "SLURM_NTASKS" in os.environ  # they start the processes themselves
    return several and trainer.strategy in RELAUNCHING and not outside


def _length(devices: Any) -> int:
    return 0 if isinstance(devices, int | str) else len(devices)


def require_accelerator(accelerator: str) -> None:
    """Raise ConfigurationError for a GPU that this machine does not have. Imports torch."""
    import torch

    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if (accelerator == "gpu" and not (cuda or mps)) or (accelerator == "cuda" and not cuda):
        raise ConfigurationError("no CUDA GPU was found on this machine; use trainer=default for the CPU.")
    if accelerator == "mps" and not mps:
        raise ConfigurationError("no Apple GPU (MPS) was found on this machine; use trainer=default for the CPU.")


def require_fit(cfg: DictConfig, data: Any) -> None:
    """Raise ConfigurationError for a network or a loss that does not fit the table of data.

    Args:
        cfg: the whole configuration.
        data: a data module, asked for ``in_features``, ``out_features`` and ``classes``.
    """
    for name, of in (("in_features", "inputs"), ("out_features", "outputs")):
        given, needed = cfg.model.get(name), getattr(data, name)
        if given not in (None, needed):
            raise ConfigurationError(
                f"model.{name} must be {needed}, since the data have {needed} {of}; got {given}. "
                "Leave it out: it is taken from the data."
            )
    loss = cfg.loss._target_.rpartition(".")[2] if cfg.loss else ""
    if loss == "MSELoss" and data.classes is not None:
        raise ConfigurationError(
            f"loss=mse is for numbers, and {data.target!r} has {len(data.classes)} classes. "
            "Use loss=cross_entropy, or leave it out."
        )
    if loss == "CrossEntropyLoss" and data.classes is None:
        raise ConfigurationError(
            f"loss=cross_entropy is for classes, and {data.target!r} is a number. Use loss=mse, or leave it out."
        )
