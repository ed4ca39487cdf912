"""The tab of TensorBoard that compares runs by their settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only

from handgrad.training._task import Task

_PREFIX = "hp/"


class HyperParameters(Callback):
    """Logs settings at the start, for every logger, and the test's metrics beside them at the end.

    TensorBoard shows a run in the tab from the first on: a run that is killed is listed, without metrics.

    Args:
        parameters: Settings, nested or flat, of plain values; e.g. the configuration as a ``dict``.
    """

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self.parameters = flatten(parameters)

    @rank_zero_only
    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Log the settings and announce the metrics."""
        names = [f"{_PREFIX}{name}" for name in (pl_module.metric_names if isinstance(pl_module, Task) else ())]
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                _announce(logger, self.parameters, names)
            else:
                logger.log_hyperparams(dict(self.parameters))

    @rank_zero_only
    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Fill the metrics in."""
        tested = {name: value for name, value in trainer.callback_metrics.items() if name.startswith("test/")}
        values = {f"{_PREFIX}{name.removeprefix('test/')}": value.item() for name, value in tested.items()}
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                logger.log_metrics(values, trainer.global_step)


def flatten(nested: Mapping[str, Any], prefix: str = "") -> dict[str, bool | int | float | str]:
    """Return nested settings as one level: ``{"model": {"hidden": [16]}}`` becomes ``{"model.hidden": "[16]"}``."""
    flat: dict[str, bool | int | float | str] = {}
    for name, value in nested.items():
        if isinstance(value, Mapping) and value:
            flat |= flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value if isinstance(value, bool | int | float | str) else str(value)
    return flat


def _announce(logger: TensorBoardLogger, parameters: dict[str, Any], metrics: list[str]) -> None:
    """Write the settings and the names of metrics without values, which ``add_hparams`` cannot do."""
    from torch.utils.tensorboard import summary as summaries

    untyped: Any = summaries
    for summary in untyped.hparams(parameters, dict.fromkeys(metrics, 0.0)):
        logger.experiment._get_file_writer().add_summary(summary)
