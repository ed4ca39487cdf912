"""How the training goes and what it tells: trainer, callbacks, loggers. See ``configuration.py``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

from learning_schemas import Target, whole
from ranges import above, at_least, each, either, exactly, one_of, within

ACCELERATORS = one_of("auto", "cpu", "gpu", "cuda", "mps", "tpu")
DEVICES = replace(
    either(either(one_of("auto", "-1"), either(exactly(-1), whole)), each(at_least(0))),
    words="how many, -1 or auto for all, or a list of indices",
)
PRECISIONS = one_of("32-true", "64-true", "16-true", "bf16-true", "16-mixed", "bf16-mixed", "64", "32", "16", "bf16")
BATCHES = either(within(0, 1), whole)


@dataclass
class Trainer(Target):
    """Lightning's Trainer. Its many other parameters can be added: ``+trainer.profiler=simple``."""

    accelerator: Annotated[str, ACCELERATORS]
    devices: Annotated[Any, DEVICES]
    num_nodes: Annotated[int, whole]
    strategy: str
    precision: Annotated[str, PRECISIONS]
    max_epochs: Annotated[int, either(exactly(-1), whole)]
    min_epochs: Annotated[int | None, at_least(0)]
    max_steps: Annotated[int, either(exactly(-1), whole)]
    max_time: str | None
    limit_train_batches: Annotated[Any, BATCHES]
    limit_val_batches: Annotated[Any, BATCHES]
    limit_test_batches: Annotated[Any, BATCHES]
    check_val_every_n_epoch: Annotated[int, whole]
    num_sanity_val_steps: Annotated[int, at_least(-1)]
    accumulate_grad_batches: Annotated[int, whole]
    gradient_clip_val: Annotated[float | None, at_least(0)]
    gradient_clip_algorithm: Annotated[str, one_of("norm", "value")]
    log_every_n_steps: Annotated[int, whole]
    deterministic: bool
    detect_anomaly: bool
    default_root_dir: str
    enable_checkpointing: bool
    enable_progress_bar: bool
    enable_model_summary: bool

    open_ended: ClassVar = True


@dataclass
class BestAndLast(Target):
    """Keeps the best and the last checkpoint, as Lightning's ModelCheckpoint does."""

    dirpath: str
    filename: str
    monitor: str | None
    mode: Annotated[str, one_of("min", "max")]
    save_top_k: Annotated[int, at_least(-1)]
    save_last: bool
    save_on_exception: bool
    every_n_epochs: Annotated[int, whole]
    auto_insert_metric_name: bool


@dataclass
class EarlyStopping(Target):
    """Lightning's: ends training when ``monitor`` no longer improves."""

    monitor: str
    mode: Annotated[str, one_of("min", "max")]
    min_delta: Annotated[float, at_least(0)]
    patience: Annotated[int, at_least(0)]
    stopping_threshold: float | None


@dataclass
class LearningRateMonitor(Target):
    """Lightning's: the rate in use, once an epoch or once a step."""

    logging_interval: Annotated[str, one_of("epoch", "step")]


@dataclass
class RichProgressBar(Target):
    """Lightning's."""

    refresh_rate: Annotated[int, at_least(0)]


@dataclass
class RichModelSummary(Target):
    """Lightning's."""

    max_depth: Annotated[int, at_least(-1)]


@dataclass
class GradientNorms(Target):
    """grad/<layer>."""

    every_n_steps: Annotated[int, whole]


@dataclass
class LayerHealth(Target):
    """dead/<layer>, saturated/<layer>, update/<layer>."""

    rows: Annotated[int, whole]


@dataclass
class ConfusionMatrixPicture(Target):
    """confusion_matrix.png, and the same in TensorBoard."""

    directory: str | None


@dataclass
class MemberTable(Target):
    """members.csv."""

    path: str


@dataclass
class RunReport(Target):
    """report.html."""

    path: str
    configuration: str | None
    environment: dict[str, Any]
    command: str
    predict: str
    every_n_seconds: Annotated[float, above(0)]


@dataclass
class HyperParameters(Target):
    """What TensorBoard's hparams tab and the checkpoint say about the run."""

    parameters: dict[str, Any]
    _recursive_: bool


@dataclass
class CSVLog(Target):
    """metrics.csv."""

    save_dir: str
    filename: str


@dataclass
class TensorBoardLog(Target):
    """tensorboard/."""

    save_dir: str
    name: str
    version: str
    default_hp_metric: bool
    log_graph: bool


SCHEMAS: tuple[type[Any], ...] = (
    *(Trainer, BestAndLast, EarlyStopping, LearningRateMonitor, RichProgressBar, RichModelSummary),
    *(GradientNorms, LayerHealth, ConfusionMatrixPicture, MemberTable, RunReport),
    *(HyperParameters, CSVLog, TensorBoardLog),
)
