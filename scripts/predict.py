"""Predict rows of a CSV file with a trained network.

python scripts/predict.py --help
"""

from __future__ import annotations

import hydra
from omegaconf import DictConfig

from commandline import answer, job, register_resolvers
from configuration import register
from importing import importing
from ranges import check
from rules import require_file

register()
register_resolvers()


@hydra.main(version_base="1.3", config_path="../conf", config_name="predict")
@job
def main(cfg: DictConfig) -> None:
    """Read ``cfg.input``, predict with ``cfg.ckpt_path``, write ``cfg.output``."""
    check(cfg)
    require_file("ckpt_path", cfg.ckpt_path)
    require_file("input", cfg.input)
    with importing():
        from handgrad.training import load_task, predict_file

    prediction = predict_file(load_task(cfg.ckpt_path), cfg.input, cfg.output, list(cfg.keep), cfg.delimiter)
    print(f"{len(prediction.columns()['prediction'])} rows predicted: {cfg.output}")


if __name__ == "__main__":
    answer(main, "predict")
