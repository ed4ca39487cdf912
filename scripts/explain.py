"""Explain what happens inside a network: run an experiment, and say what to see in it.

python scripts/explain.py --help
"""

from __future__ import annotations

import re
import sys

import hydra
from omegaconf import DictConfig

from commandline import answer, job, register_resolvers
from configuration import register
from experimenting import check_experiment, run_experiment
from ranges import check

register()
register_resolvers()


@hydra.main(version_base="1.3", config_path="../conf", config_name="explain")
@job
def main(cfg: DictConfig) -> None:
    """Refuse what cannot be meant, at once; run the rest."""
    check_experiment(cfg)
    check(cfg)
    run_experiment(cfg)


if __name__ == "__main__":
    # conf/experiment is a group of train.py's, and Hydra looks for a choice of the group wherever its name is a whole key.
    sys.argv[1:] = [re.sub("^experiment=", "experiment.name=", part) for part in sys.argv[1:]]
    answer(main, "explain")
