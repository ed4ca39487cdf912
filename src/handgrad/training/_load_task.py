"""From a checkpoint to a model that predicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from handgrad.nn import Ensemble
from handgrad.training._checkpoint_io import read_checkpoint
from handgrad.training._classifier import Classifier
from handgrad.training._errors import CheckpointError
from handgrad.training._net_record import build_net
from handgrad.training._regressor import Regressor
from handgrad.training._task_record import RECORD


def load_task(path: str | Path, net: nn.Module | None = None, member: int | None = None) -> Classifier | Regressor:
    """Build the net and the task of a checkpoint that training wrote, in evaluation mode, on the CPU.

    The file holds tensors and plain containers only: what is built is decided by this library, and no code in the file
    is run.

    Args:
        path: The checkpoint.
        net: The net to put the weights into; ``None`` builds the one that the checkpoint describes.
        member: Which member of an ensemble is to be the net, counted from 0; ``None`` takes all. A single net is its own
            member 0.

    Raises:
        IndexError: There is no such member.
        MissingCheckpointError: There is no file at the path.
        CheckpointError: The file is truncated, damaged, dangerous, or not one that handgrad wrote.
    """
    checkpoint = read_checkpoint(path)
    record, state = checkpoint.get(RECORD), checkpoint.get("state_dict")
    if not isinstance(record, dict) or not isinstance(state, dict):
        raise CheckpointError(
            f"{path}: expected a checkpoint that handgrad wrote, got one with only {', '.join(map(str, checkpoint))}"
        )
    try:
        task = _build(record, build_net(record["net"]) if net is None else net)
        task.load_state_dict(state)
    except CheckpointError:
        raise
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(f"{path}: expected weights that fit the net it describes, got: {reason}") from error
    return task.eval() if member is None else _of_member(task, member).eval()


def _of_member(task: Classifier | Regressor, index: int) -> Classifier | Regressor:
    if not 0 <= index < task.members:
        raise IndexError(f"load_task: expected a member in 0 … {task.members - 1}, got {index}")
    if not isinstance(task.net, Ensemble):
        return task
    net = task.net.member(index)
    one = _build(task.record(), net)
    others = {name: value for name, value in task.state_dict().items() if not name.startswith("net.")}
    one.load_state_dict(others | {f"net.{name}": value for name, value in net.state_dict().items()})
    return one


def _build(record: dict[str, Any], net: nn.Module) -> Classifier | Regressor:
    match record:
        case {"task": Classifier.kind, "classes": classes, "features": features, "target": target}:
            return Classifier(net, classes, features, target=target)
        case {"task": Regressor.kind, "features": features, "target": target}:
            return Regressor(net, target, features)
    raise CheckpointError(f"load_task: expected a classifier or a regressor, got {record.get('task')!r}")
