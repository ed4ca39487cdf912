"""Which class was taken for which, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor

from handgrad.training._classifier import Classifier

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_NUMBERED = 20  # classes; with more, numbers in the cells are too small to read


class ConfusionMatrixPicture(Callback):
    """Draws the confusion matrix of a test: to TensorBoard, and as ``confusion_matrix.png``.

    Does nothing for a regression.

    Args:
        directory: Where the PNG goes; ``None`` is the trainer's ``default_root_dir``.
    """

    def __init__(self, directory: str | Path | None = None) -> None:
        self.directory = directory

    @rank_zero_only
    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Draw the matrix that the test has counted."""
        if not isinstance(pl_module, Classifier) or pl_module.confusion is None:
            return
        figure = confusion_figure(pl_module.confusion, pl_module.classes, pl_module.target)
        directory = Path(self.directory or trainer.default_root_dir)
        directory.mkdir(parents=True, exist_ok=True)
        pixels = write_png(figure, directory / "confusion_matrix.png")
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                logger.experiment.add_image("test/confusion_matrix", pixels, trainer.global_step, dataformats="HWC")


def write_png(figure: Figure, path: Path) -> npt.NDArray[np.uint8]:
    """Draw a figure once, write it and return its pixels, shape (height, width, 3); ``savefig`` lays it out twice."""
    # The figure's own canvas, not pyplot: no window, no global state, and a third of the import.
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)
    canvas.print_png(path)
    pixels: npt.NDArray[np.uint8] = np.asarray(canvas.buffer_rgba())[..., :3]
    return pixels


def confusion_figure(counts: Tensor, classes: Sequence[str], target: str) -> Figure:
    """Draw counts (true classes, predicted classes); the colour is the part of the row."""
    from matplotlib.figure import Figure

    size = max(4.0, min(12.0, 1.5 + 0.6 * len(classes)))
    figure = Figure(figsize=(size, size), layout="constrained", dpi=120)
    axes = figure.subplots()
    parts = (counts.double() / counts.sum(dim=1, keepdim=True).clamp(min=1)).numpy()
    axes.imshow(parts, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(classes)), classes, rotation=45, ha="right")
    axes.set_yticks(range(len(classes)), classes)
    axes.set(xlabel=f"predicted {target}", ylabel=f"true {target}", title=f"{int(counts.sum())} rows of the test")
    if len(classes) <= _MOST_NUMBERED:
        for row, line in enumerate(counts.tolist()):
            for column, count in enumerate(line):
                colour = "white" if parts[row, column] > 0.5 else "black"
                axes.text(column, row, str(count), ha="center", va="center", color=colour, in_layout=False)
    return figure
