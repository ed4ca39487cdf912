"""The random numbers of a run in its checkpoint: with them, a resumed run is the uninterrupted one, bit by bit.

Lightning stores no generator's state. The order of batches does not need it (``TableLoader``), dropout does.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.trainer.states import TrainerFn

_KEY = "handgrad_random_state"
State = dict[str, Any]


class RandomState(Callback):
    """Saves the states of torch's (CPU, CUDA), NumPy's and Python's generators, of every process, and restores them.

    They are tensors and numbers, so that a checkpoint still loads without running code from it.
    """

    def __init__(self) -> None:
        self._restored: State | None = None

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Add the states of all processes."""
        states: list[State] = [random_state()]
        if trainer.world_size > 1:
            states = [{} for _ in range(trainer.world_size)]
            dist.all_gather_object(states, random_state())
        checkpoint[_KEY] = states

    def on_load_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Keep this process's state until training starts; what happens before may draw random numbers."""
        states = checkpoint.get(_KEY, [])
        if trainer.state.fn == TrainerFn.FITTING and trainer.global_rank < len(states):
            self._restored = states[trainer.global_rank]

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Restore the state."""
        if self._restored is not None:
            set_random_state(self._restored)
            self._restored = None


def random_state() -> State:
    """Return the state of all generators as tensors and numbers: long lists of numbers would be slow to save."""
    version, numbers, gauss = random.getstate()
    legacy: Any = np.random.get_state(legacy=True)
    _, keys, position, has_gauss, cached = legacy
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "python": [version, torch.tensor(numbers), gauss],
        "numpy": [torch.from_numpy(keys.astype(np.int64)), int(position), int(has_gauss), float(cached)],
    }


def set_random_state(state: State) -> None:
    """Put all generators into a state of :func:`random_state`."""
    torch.set_rng_state(state["torch"].cpu())
    if state["cuda"] and len(state["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all([own.cpu() for own in state["cuda"]])
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers.tolist()), gauss))
    keys, position, has_gauss, cached = state["numpy"]
    np.random.set_state(("MT19937", keys.numpy().astype(np.uint32), position, has_gauss, cached))
