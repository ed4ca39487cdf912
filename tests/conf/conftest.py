"""Compose the configuration as a line of arguments would, into a temporary directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from omegaconf import DictConfig, OmegaConf

from commandline import register_resolvers
from composing import composed
from configuration import register

Compose = Callable[..., DictConfig]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A user's own table: two classes, told apart by their height."""
    path = tmp_path / "table.csv"
    rows = [f"{n % 7},{n + 20 * (n % 2)},{'ab'[n % 2]}" for n in range(60)]
    path.write_text("\n".join(["width,height,kind", *rows]) + "\n")
    return path


@pytest.fixture
def compose(tmp_path: Path, table: Path) -> Compose:
    """``compose("data=iris", "seed=3")``: the job's part of the configuration, with what a choice cannot do without."""
    register()
    register_resolvers()
    needed = {
        "data=csv": [f"data.path={table}", "data.target=kind"],
        "data=sklearn": ["data.name=wine"],
    }

    def make(*overrides: str) -> DictConfig:
        further = [extra for override in overrides for extra in needed.get(override, [])]
        cfg = composed("train", [*overrides, *further, f"output_dir={tmp_path}"])
        return OmegaConf.masked_copy(cfg, [str(name) for name in cfg if name != "hydra"])

    return make
