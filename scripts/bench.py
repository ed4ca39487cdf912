"""Measure what the README claims: what the ops cost, how exact they are, how well the networks train.

python scripts/bench.py --help
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import hydra
from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from benchmarks.report import Result, as_table
from commandline import answer, job, register_resolvers
from configuration import register
from ranges import at_least, check, one_of
from rules import require_folder

SUITES = ("ops", "imports", "accuracy", "quality", "ensemble")


@dataclass
class Bench:
    """The whole of ``conf/bench.yaml``."""

    suite: Annotated[str, one_of(*SUITES, "all")]
    json: str | None
    quick: bool
    threads: Annotated[int, at_least(1)]
    markdown: bool


register()
register_resolvers()
ConfigStore.instance().store(group="schema", name="Bench", node=Bench)


@hydra.main(version_base="1.3", config_path="../conf", config_name="bench")
@job
def main(cfg: DictConfig) -> None:
    """Refuse what cannot be meant, at once; measure the rest."""
    check(cfg)
    require_folder("json", cfg.json)
    import torch

    from benchmarks.machine import described, machine

    torch.set_num_threads(cfg.threads)
    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=132)  # in a file or a log nothing is cut off
    about = machine(cfg.threads)
    console.print(described(about), highlight=False, markup=False, soft_wrap=True)
    results = {}
    for name in SUITES if cfg.suite == "all" else (cfg.suite,):
        results[name] = _suites()[name](cfg.quick)
        for table in results[name].tables:
            console.print(as_table(table, cfg.markdown))
    if cfg.json:
        _write(cfg, about, results)


def _suites() -> dict[str, Callable[[bool], Result]]:
    """The suites by name; each takes ``quick``."""
    from benchmarks import accuracy, ensemble, imports, ops, quality

    modules = {"ops": ops, "imports": imports, "accuracy": accuracy, "quality": quality, "ensemble": ensemble}
    return {name: module.run for name, module in modules.items()}


def _write(cfg: DictConfig, about: dict[str, Any], results: dict[str, Result]) -> None:
    options = OmegaConf.to_container(cfg)
    measured = {name: result.record for name, result in results.items()}
    text = json.dumps({**about, "options": options, "suites": measured}, indent=1)
    Path(cfg.json).write_text(text + "\n")


if __name__ == "__main__":
    answer(main, "bench")
