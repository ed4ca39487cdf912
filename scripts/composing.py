"""The configuration as a line of arguments would have it, without running anything."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import CompactHydraException
from omegaconf import DictConfig, OmegaConf

CONF = Path(__file__).resolve().parent.parent / "conf"


def composed(config_name: str, overrides: list[str]) -> DictConfig:
    """Compose ``conf/<config_name>.yaml`` with ``overrides``; Hydra's own node is part of it."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose(config_name, overrides, return_hydra_config=True)


def choices(config_name: str = "train") -> dict[str, list[str]]:
    """The groups that ``conf/<config_name>.yaml`` chooses from in its defaults list, and the choices of each one."""
    whole: Any = OmegaConf.to_container(OmegaConf.load(CONF / f"{config_name}.yaml"))
    named = sorted(str(name) for entry in whole["defaults"] if isinstance(entry, dict) for name in entry)
    groups = [name for name in named if not name.startswith("override ")]
    return {group: sorted(choice.stem for choice in (CONF / group).glob("*.yaml")) for group in groups}


def help_text(config_name: str, line: list[str]) -> str:
    """The template ``hydra.help.template`` filled in, for the overrides among ``line``.

    Hydra fills in the same one, but also every table that a template might ask for, which takes 0.6 s, and it lists the
    schemas among the groups.
    """
    cfg = composed(config_name, [part for part in line if not part.startswith("-")])
    template = string.Template(cfg.hydra.help.template)
    values = OmegaConf.masked_copy(cfg, [str(name) for name in cfg if name != "hydra"])
    groups = "\n".join(f"  {group}: {', '.join(names)}" for group, names in choices(config_name).items())
    return template.substitute(APP_CONFIG_GROUPS=groups, CONFIG=OmegaConf.to_yaml(values))


def known_names(config_name: str, line: list[str]) -> list[str]:
    """Every dotted key, given the group choices among ``line``, and every ``group=choice``."""
    groups = choices(config_name)
    chosen = [part for part in line if part.partition("=")[0] in groups and "," not in part]
    try:
        cfg = composed(config_name, chosen)
    except CompactHydraException:
        cfg = composed(config_name, [])
    return [*_keys(cfg), *(f"{group}={choice}" for group, names in groups.items() for choice in names)]


def _keys(cfg: DictConfig, path: str = "") -> Iterator[str]:
    for name in map(str, cfg):
        yield f"{path}{name}"
        special = OmegaConf.is_missing(cfg, name) or OmegaConf.is_interpolation(cfg, name)
        if name != "hydra" and not special and isinstance(cfg[name], DictConfig):
            yield from _keys(cfg[name], f"{path}{name}.")
