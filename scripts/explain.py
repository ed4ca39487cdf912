"""Explain backpropagation number by number: the chapter's network, or a prediction of a trained one; or run an experiment.

python scripts/explain.py --help
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import hydra
from omegaconf import DictConfig

from commandline import answer, job, register_resolvers
from configuration import register
from experimenting import check_experiment, run_experiment
from explain_rules import check_explanation, refuse_keys_of_explanations
from importing import importing
from ranges import check

if TYPE_CHECKING:
    from explained import Explanation

register()
register_resolvers()


@hydra.main(version_base="1.3", config_path="../conf", config_name="explain")
@job
def main(cfg: DictConfig) -> None:
    """Refuse what cannot be meant, at once; explain, or run, the rest."""
    if cfg.experiment.name is None:
        explain(cfg, check_explanation(cfg))
        return
    refuse_keys_of_explanations(cfg)
    check_experiment(cfg)
    check(cfg)
    run_experiment(cfg)


def explain(cfg: DictConfig, wanted: str) -> None:
    """Print or write the explanation in the format that is wanted."""
    explained = explanation(cfg)
    from renderings import RENDERINGS, put, show, write

    if cfg.output is not None:
        write(explained, Path(cfg.output), wanted, cfg.language, cfg.step)
        print(f"Written: {cfg.output}")
    elif wanted == "text" and sys.stdout.isatty():
        show(explained, cfg.language)
    else:
        put(RENDERINGS[wanted](explained, cfg.language, cfg.step))


def explanation(cfg: DictConfig) -> Explanation:
    """Run what ``cfg`` names forward and back."""
    if cfg.ckpt_path is None:
        with importing():
            from explained import chapter
        return chapter(cfg)
    with importing():
        from explained_prediction import prediction
    return prediction(cfg)


if __name__ == "__main__":
    # conf/experiment is a group of train.py's, and Hydra looks for a choice of the group wherever its name is a whole key.
    sys.argv[1:] = [re.sub("^experiment=", "experiment.name=", part) for part in sys.argv[1:]]
    answer(main, "explain")
