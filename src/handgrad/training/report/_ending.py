"""How a run ended, in words."""

from __future__ import annotations

from lightning.pytorch import Trainer

from handgrad.training._errors import NonFiniteError
from handgrad.training.report._record import Ending

RUNNING = Ending("running", "Still training when this page was written; if no process is at it, it was killed.")
TESTED = Ending("finished", "Tested.")


def ending_of_fit(trainer: Trainer) -> Ending:
    """Return how a fit that came to its end did so."""
    epochs = f"{trainer.current_epoch} epochs, {trainer.global_step} steps"
    reasons = [
        callback.stopping_reason_message.removesuffix(" Signaling Trainer to stop.")
        for callback in trainer.early_stopping_callbacks
        if callback.stopping_reason_message
    ]
    if trainer.should_stop:
        return Ending("stopped early", ": ".join([f"After {epochs}", *reasons]) + ("" if reasons else "."))
    return Ending("finished", f"Trained to the end: {epochs}.")


def ending_of_exception(trainer: Trainer, exception: BaseException) -> Ending:
    """Return how an exception ended a run."""
    where = f"in epoch {trainer.current_epoch}, after {trainer.global_step} steps"
    if isinstance(exception, KeyboardInterrupt):
        return Ending("interrupted", f"Interrupted by Ctrl-C {where}.")
    if isinstance(exception, SystemExit):  # Lightning's SIGTERMException is one
        return Ending("interrupted", f"Stopped by a signal ({type(exception).__name__}) {where}.")
    if isinstance(exception, NonFiniteError):
        return Ending("failed", f"Stopped by FiniteGuard: {exception}")
    return Ending("failed", f"Failed {where}: {type(exception).__name__}: {exception}")
