"""A page about the run, for whoever was not there."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only, rank_zero_warn

from handgrad.training._task import Task
from handgrad.training.report import page, run_record
from handgrad.training.report._ending import RUNNING, TESTED, ending_of_exception, ending_of_fit
from handgrad.training.report._record import Ending
from handgrad.training.report._run_record import checkpoint_path

_CHECKPOINT = "{checkpoint}"
_PATIENCE = 100  # times as long as writing took, until the page is written again


class RunReport(Callback):
    """Writes ``report.html``, one page that needs nothing else: what was trained on what, how it went, what came out.

    The page is written at the end of the fit and of the test, when an exception ends the run (Ctrl-C and FiniteGuard
    among them), and now and then while it trains: a run that is killed leaves one too. Curves and gradient norms come
    from the file of a :class:`CSVLog`, so a run that was resumed shows what was logged before. The first process
    writes. A page that cannot be written is a warning: the run is worth more.

    Args:
        path: The file; ``None`` is ``report.html`` in the trainer's ``default_root_dir``.
        configuration: A file to be shown: the configuration, if it stands in one.
        environment: Versions, commit, machine: values by name, nested or flat.
        command: The line that starts the run again.
        predict: The line that predicts with it; ``{checkpoint}`` in it stands for the path of the checkpoint.
        every_n_seconds: How often it is written while training, at the start of an epoch; less often where the log is
            so long that this would take more than a hundredth of the time.

    Raises:
        ValueError: ``every_n_seconds`` is not positive.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        configuration: str | Path | None = None,
        environment: Mapping[str, Any] | None = None,
        command: str = "",
        predict: str = "",
        every_n_seconds: float = 10.0,
    ) -> None:
        if not every_n_seconds > 0:
            raise ValueError(f"RunReport: expected every_n_seconds above 0, got {every_n_seconds}")
        self.path = None if path is None else Path(path)
        self.configuration = None if configuration is None else Path(configuration)
        self.environment, self.command, self.predict = dict(environment or {}), command, predict
        self.every_n_seconds = every_n_seconds
        self._began = datetime.now().astimezone()
        self._next = time.monotonic() + every_n_seconds  # when the page is due while training
        self._ending: Ending | None = None
        self._resumed_from = ""

    @rank_zero_only
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take note of where the run goes on from."""
        self._ending, self._resumed_from = RUNNING, str(trainer.ckpt_path or "")

    @rank_zero_only
    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the page if it is time."""
        start = time.monotonic()
        if start >= self._next:
            self._write(trainer, pl_module, RUNNING)
            end = time.monotonic()
            self._next = end + max(self.every_n_seconds, _PATIENCE * (end - start))

    @rank_zero_only
    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the page, without a test as yet."""
        self._ending = ending_of_fit(trainer)
        self._write(trainer, pl_module, self._ending)

    @rank_zero_only
    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the page."""
        self._write(trainer, pl_module, self._ending or TESTED)

    @rank_zero_only
    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Write the page of a run that had begun, with what there is."""
        if self._ending is not None:
            self._write(trainer, pl_module, ending_of_exception(trainer, exception))

    def _write(self, trainer: Trainer, task: LightningModule, ending: Ending) -> None:
        if not isinstance(task, Task):
            return
        path = self.path or Path(trainer.default_root_dir) / "report.html"
        part = path.with_name(f".{path.name}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(self._page(trainer, task, ending), encoding="utf-8", errors="replace")
            part.replace(path)
        except OSError as error:
            rank_zero_warn(f"RunReport: cannot write {path}: {error}; training goes on without")

    def _page(self, trainer: Trainer, task: Task, ending: Ending) -> str:
        checkpoint = checkpoint_path(trainer)
        record = run_record(
            trainer,
            task,
            ending,
            self._began,
            environment=self.environment,
            configuration=self._configuration(),
            checkpoint=checkpoint,
            resumed_from=self._resumed_from,
            command=self.command,
            predict=self.predict.replace(_CHECKPOINT, shlex.quote(checkpoint)),
        )
        return page(record)

    def _configuration(self) -> str | None:
        if self.configuration is None or not self.configuration.is_file():
            return None
        return self.configuration.read_text(encoding="utf-8")
