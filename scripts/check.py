"""Judge a hand-written gradient: which laws it breaks, and what is wrong with it.

python scripts/check.py --help
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import hydra
from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig, OmegaConf

from checking.arguments import FLOATING, check_arguments
from checking.lab import as_options, exercise_named, hand_out, is_told, listed, remark
from commandline import answer, job, register_resolvers
from configuration import register
from exercises import Exercise
from importing import importing
from ranges import ConfigurationError, above, at_least, check, one_of
from rules import require_file, require_folder


@dataclass
class Check:
    """The whole of ``conf/check.yaml``."""

    target: str | None
    inputs: Any
    kwargs: Any
    oracle: str | None
    laws: Any
    waive: Any
    strict: bool
    seed: Annotated[int, at_least(0)]
    dtype: Annotated[str, one_of(*FLOATING)]
    device: str
    time_limit: Annotated[float | None, above(0)]
    threads: Annotated[int, at_least(1)]
    json: str | None
    html: str | None
    exercise: str | None
    hint: Annotated[int, at_least(0)]


register()
register_resolvers()
ConfigStore.instance().store(group="schema", name="Check", node=Check)


@hydra.main(version_base="1.3", config_path="../conf", config_name="check")
@job
def main(cfg: DictConfig) -> None:
    """Refuse what cannot be meant, at once; judge the rest. Leaves with status 1 where the function is not lawful."""
    check(cfg)
    exercise = None if cfg.exercise in (None, "list") else exercise_named(cfg.exercise)
    said = listed() if cfg.exercise == "list" else exercise and hand_out(exercise)
    if said:
        print(said)
        return
    if exercise:
        cfg.merge_with(as_options(exercise))
    _require_meant(cfg)
    if not run(cfg, exercise):
        sys.exit(1)


def run(cfg: DictConfig, exercise: Exercise | None) -> bool:
    """Judge, print, write; return whether it is lawful."""
    # The configuration is known to be good: from here on come the imports that take a second.
    with importing():
        from checking.judging import judge
        from checking.printed import console, print_program, print_report

    report, to = judge(cfg), console()
    print_report(report, to, diagnosis=exercise is None or is_told(exercise, cfg.hint))
    if exercise:
        to.print(remark(exercise, report.lawful, cfg.hint), markup=False, highlight=False, soft_wrap=True)
    else:
        print_program(report, to)
    for path, text in ((cfg.json, report.to_json), (cfg.html, report.to_html)):
        if path is not None:
            Path(path).write_text(text(), encoding="utf-8")
    return report.lawful


def _require_meant(cfg: DictConfig) -> None:
    """Raise ConfigurationError for what is missing or described wrongly, without importing anything heavy."""
    if cfg.target is None:
        raise ConfigurationError("target is missing: add target=some.module:function, or exercise=list.")
    if cfg.inputs is None:
        raise ConfigurationError("inputs is missing: add the arguments of the target, such as inputs='[[3,4],[5]]'.")
    for key in ("inputs", "kwargs"):
        described = {} if key == "kwargs" and cfg[key] is None else cfg[key]
        check_arguments(key, OmegaConf.to_container(described) if OmegaConf.is_config(described) else described)
    if cfg.waive is not None and not all(isinstance(reason, str) and reason for reason in _values(cfg.waive)):
        raise ConfigurationError(
            f"waive must give each law a reason, such as waive='{{vjp: a surrogate}}', got {cfg.waive!r}."
        )
    for key in ("target", "oracle"):
        place, _, name = (cfg[key] or "a:a").rpartition(":")
        if not place or not name:
            raise ConfigurationError(f"{key} must be module:function or file.py:function, got {cfg[key]!r}.")
        if place.endswith(".py"):
            require_file(key, place)
    for key in ("json", "html"):
        require_folder(key, cfg[key])


def _values(node: Any) -> list[Any]:
    return list(node.values()) if isinstance(node, DictConfig) else [None]


if __name__ == "__main__":
    answer(main, "check")
