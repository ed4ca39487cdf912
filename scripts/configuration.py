"""What each part of the configuration is made of: names, types and ranges. The values stand in ``conf/``.

One dataclass describes one constructor: a field is a parameter, letter by letter, and no field has a default, so a
value has one home. Hydra merges ``conf/<group>/<choice>.yaml`` into the dataclass that the file names in its defaults
list (``/schema/…``). OmegaConf refuses a wrong type while it composes, :func:`ranges.check` a wrong value afterwards.
Nothing here imports torch or lightning, so a slip of the pen is answered at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from hydra.core.config_store import ConfigStore

import explaining_schemas as explaining
import learning_schemas as learning
import trainer_schemas as training
from ranges import at_least, one_of, within


@dataclass
class Train:
    """The whole of ``conf/train.yaml``; the groups bring their own schemas."""

    data: Any
    model: Any
    loss: Any
    optimizer: Any
    scheduler: Any
    trainer: Any
    logger: dict[str, Any]
    callbacks: dict[str, Any]
    engine: Annotated[str, one_of("auto", "tape", "loop", "compiled")]
    seed: Annotated[int, within(0, 2**32 - 1)]
    num_threads: Annotated[int | None, at_least(1)]
    ckpt_path: str | None
    output_dir: str


@dataclass
class Predict:
    """The whole of ``conf/predict.yaml``."""

    ckpt_path: str
    input: str
    output: str
    keep: list[str]
    delimiter: str | None


SCHEMAS: tuple[type[Any], ...] = (Train, Predict, *learning.SCHEMAS, *training.SCHEMAS, *explaining.SCHEMAS)


def register() -> None:
    """Make the schemas known to Hydra as ``/schema/<class name>``, which is how the files in ``conf/`` name them."""
    for schema in SCHEMAS:
        ConfigStore.instance().store(group="schema", name=schema.__name__, node=schema)
