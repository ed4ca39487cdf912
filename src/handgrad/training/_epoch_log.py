"""The numbers of an epoch on their way to loggers, callbacks and the progress bar.

``self.log`` does this for numbers that come once a batch, on some process, at any time: 0.4 ms for each number, which is more
than a small net's validation takes. Numbers that are reduced already, and come once an epoch, are laid where Lightning would
have laid them. What is touched is Lightning's own (2.6); tests look at each of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lightning.pytorch import LightningModule
from lightning.pytorch.trainer.states import TrainerFn
from torch import Tensor


def log_epoch(module: LightningModule, values: Mapping[str, Tensor], shown: Collection[str]) -> None:
    """Log numbers that are the same on every process; called in ``on_train_epoch_end`` or ``on_validation_epoch_end``.

    Args:
        module: What is trained or judged.
        values: 0-d tensors by name.
        shown: Which of them the progress bar shows.
    """
    trainer = module.trainer
    if trainer.state.fn != TrainerFn.FITTING:  # who judges returns what was logged
        for name, value in values.items():
            # Lightning only believes that a value is reduced when it may reduce it once more.
            module.log(name, value, prog_bar=name in shown, sync_dist=True)
        return
    if trainer.sanity_checking:
        return
    numbers = {name: float(value) for name, value in values.items()}
    connector = trainer._logger_connector
    connector._callback_metrics.update(values)
    connector._logged_metrics.update(values)
    connector._progress_bar_metrics.update({name: number for name, number in numbers.items() if name in shown})
    # After the last batch the count is one ahead: the numbers of an epoch belong to its last step.
    step = trainer.fit_loop.epoch_loop._batches_that_stepped - (not trainer.validating)
    for logger in trainer.loggers:
        logger.log_metrics({**numbers, "epoch": trainer.current_epoch}, step)
        logger.save()
