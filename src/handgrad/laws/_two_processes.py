"""What each of two processes runs for the distributed laws; `families/_distributed.py` starts them."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from torch.utils.checkpoint import checkpoint

from handgrad.laws._subject import Subject
from handgrad.laws._upstream import upstream

WORLD = 2
WAIT = timedelta(seconds=120)


class Net(nn.Module):
    """The function of its arguments times parameters, so that its gradients end in parameters; the loss is a weighted sum.

    Args:
        subject: the function with its arguments.
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self.inner = copy.deepcopy(subject.fn) if isinstance(subject.fn, nn.Module) else None
        own = len(list(self.inner.parameters())) if self.inner else 0
        self.subject = [subject]  # a list, for its tensors are no state of the module
        points = subject.points[: len(subject.points) - own]
        self.scales = nn.ParameterList([torch.full((max(p.numel(), 1),), 0.9, dtype=p.dtype) for p in points])

    def forward(self, rank: int) -> Tensor:
        """The loss on the data of a process."""
        subject = self.subject[0]
        scaled = [
            point * (1 - rank / 8) * scale[: point.numel()].reshape(point.shape)
            for point, scale in zip(subject.points, self.scales, strict=False)
        ]
        outputs = self.apply_to(*scaled)
        return torch.stack([(y * g).sum() for y, g in zip(outputs, upstream(outputs), strict=True)]).sum()

    def apply_to(self, *scaled: Tensor) -> tuple[Tensor, ...]:
        """The outputs; a module brings its own parameters."""
        subject = self.subject[0]
        if self.inner is None:
            return subject(*scaled)
        args, kwargs = subject.everything(*scaled, *subject.points[len(scaled) :])
        result = self.inner(*args, **kwargs)
        leaves = torch.utils._pytree.tree_leaves(result)
        return tuple(leaf for leaf in leaves if isinstance(leaf, Tensor) and leaf.is_floating_point())


class CheckpointedNet(Net):
    """The same, the function computed again in the backward."""

    def apply_to(self, *scaled: Tensor) -> tuple[Tensor, ...]:
        """The outputs, recomputed for the backward."""
        outputs: tuple[Tensor, ...] = checkpoint(super().apply_to, *scaled, use_reentrant=False)
        return outputs


def _ddp(net: Net) -> nn.Module:
    return nn.parallel.DistributedDataParallel(net)


def _fsdp(net: Net) -> nn.Module:
    from torch.distributed.fsdp import fully_shard

    fully_shard(net)  # in place
    return net


def _compiled(wrap: Callable[[Net], nn.Module]) -> Callable[[Net], Any]:
    return lambda net: torch.compile(wrap(net), backend="aot_eager")


WAYS: dict[str, dict[str, tuple[type[Net], Callable[[Net], Any]]]] = {
    "ddp": {"plain": (Net, _ddp), "checkpointed": (CheckpointedNet, _ddp), "compiled": (Net, _compiled(_ddp))},
    "fsdp": {"plain": (Net, _fsdp), "checkpointed": (CheckpointedNet, _fsdp), "compiled": (Net, _compiled(_fsdp))},
}


def gradients(net: Net, model: Callable[[int], Tensor], rank: int) -> dict[str, Tensor | None]:
    """The gradients of the parameters of ``net`` after a backward of ``model`` on the data of a process."""
    model(rank).backward()
    return {name: _whole(parameter.grad) for name, parameter in net.named_parameters()}


def _whole(grad: Tensor | None) -> Tensor | None:
    return grad.full_tensor() if isinstance(grad, DTensor) else grad


def main(folder: str, rank: int, sort: str) -> None:
    """Run all ways of one sort on the subject in the folder, and write there the gradients of each, or what it raised."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    subject = torch.load(Path(folder) / "subject.pt", weights_only=False)  # the starting process wrote it, for us alone
    for way, (kind, wrap) in WAYS[sort].items():
        meeting = (Path(folder) / f"{way}.meeting").as_uri()
        dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=WORLD, timeout=WAIT)
        net = kind(subject)
        try:
            result: Any = gradients(net, wrap(net), rank)
        except Exception as error:
            result = f"{type(error).__name__}: {error}"
        dist.barrier()
        dist.destroy_process_group()
        if rank == 0:
            torch.save(result, Path(folder) / f"{way}.pt")
