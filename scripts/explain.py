"""Explain backpropagation number by number: the chapter's network, or a prediction of a trained one.

python scripts/explain.py --help
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import hydra
from omegaconf import DictConfig

from commandline import answer, job, register_resolvers
from configuration import register
from explain_rules import check_explanation

if TYPE_CHECKING:
    from explained import Explanation

register()
register_resolvers()


@hydra.main(version_base="1.3", config_path="../conf", config_name="explain")
@job
def main(cfg: DictConfig) -> None:
    """Refuse what cannot be meant, at once; explain the rest."""
    wanted = check_explanation(cfg)
    from renderings import RENDERINGS

    text = RENDERINGS[wanted](explanation(cfg), cfg.language)
    if cfg.output is None:
        sys.stdout.write(text)
    else:
        write_whole(Path(cfg.output), text)
        print(f"Written: {cfg.output}")


def explanation(cfg: DictConfig) -> Explanation:
    """Run what ``cfg`` names forward and back."""
    if cfg.ckpt_path is None:
        from explained import chapter

        return chapter(cfg)
    from explained_prediction import prediction  # imports lightning, which takes seconds

    return prediction(cfg)


def write_whole(path: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


if __name__ == "__main__":
    answer(main, "explain")
