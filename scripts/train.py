"""Train a network: compose the configuration, build what it describes, hand it to ``handgrad.training.train``.

python scripts/train.py --help
"""

from __future__ import annotations

import warnings
from pathlib import Path

import hydra
from omegaconf import DictConfig, OmegaConf

from building import build, build_each
from commandline import answer, is_first_process, job, register_resolvers
from configuration import register
from importing import importing
from report import print_report
from rules import check_training, require_accelerator, require_fit

register()
register_resolvers()


@hydra.main(version_base="1.3", config_path="../conf", config_name="train")
@job
def main(cfg: DictConfig) -> None:
    """Refuse what cannot be meant, at once; train the rest."""
    check_training(cfg)
    run(cfg)


def run(cfg: DictConfig) -> dict[str, float]:
    """Train and test what ``cfg`` describes; return the metrics of the test."""
    # The configuration is known to be good: from here on come the imports that take seconds.
    warnings.filterwarnings(
        "ignore", r"`isinstance\(treespec, LeafSpec\)`", FutureWarning
    )  # Lightning's, on torch 2.13
    with importing():
        require_accelerator(cfg.trainer.accelerator)
        import torch
        from lightning import seed_everything

        from handgrad.training import AtomicCheckpointIO, task_for, train

    if is_first_process():
        output = Path(cfg.output_dir)
        output.mkdir(parents=True, exist_ok=True)  # Hydra makes its own only
        OmegaConf.save(cfg, output / "config.yaml", resolve=True)
    torch.set_num_threads(cfg.num_threads or torch.get_num_threads())
    seed_everything(cfg.seed, workers=True, verbose=False)
    data = build(cfg.data)
    require_fit(cfg, data)
    net = build(cfg.model, in_features=data.in_features, out_features=data.out_features)
    task = task_for(data, net, build(cfg.loss), build(cfg.optimizer), build(cfg.scheduler), cfg.engine)
    callbacks, loggers = build_each(cfg.callbacks), build_each(cfg.logger)
    trainer = build(cfg.trainer, callbacks=callbacks, logger=loggers, plugins=[AtomicCheckpointIO()])
    metrics: dict[str, float] = train(data, task, trainer, cfg.ckpt_path)
    if is_first_process():
        best = getattr(trainer.checkpoint_callback, "best_model_path", "")
        report = OmegaConf.select(cfg, "callbacks.report.path") or ""
        print_report(metrics, Path(cfg.output_dir), best, "tensorboard" in cfg.logger, report)
    return metrics


if __name__ == "__main__":
    answer(main, "train")
