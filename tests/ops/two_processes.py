"""What each of two processes runs for test_distributed: every op below a linear layer, data-parallel, in several ways.

Run as ``python two_processes.py <folder>`` with RANK and WORLD_SIZE set; rank 0 writes the gradients to ``<folder>/<way>.pt``. With
WORLD_SIZE=1 it is the single process with the double batch.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel
from torch.utils.checkpoint import checkpoint

sys.path.insert(0, str(Path(__file__).parents[1]))
from cases import PRINCIPAL, Case

ROWS = 4


class Head(nn.Module):
    """One op in a network: parameters of its own before it, so that its gradient ends in them."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.case = case
        shapes = [case.arguments(torch.float32)[i].shape[1:] for i in case.differentiable[:1]]
        self.scale = nn.Parameter(torch.linspace(0.5, 1.5, shapes[0].numel()).reshape(shapes[0]))
        rest = case.arguments(torch.float32)[1:]
        self.rest = nn.ParameterList(rest if case.op == "linear" else [])

    def forward(self, x: Tensor, *others: Tensor) -> Tensor:
        x = self.scale * x
        if self.case.op == "cross_entropy_on_probabilities":
            x = x / x.sum(1, keepdim=True)
        y = self.case.ours(x, *(self.rest if len(self.rest) else others))
        return y.square().mean() if y.dim() else y  # either way the mean over processes is the mean over the batch


class Net(nn.Module):
    """All ops side by side; the loss is the mean over the batch for each."""

    def __init__(self) -> None:
        super().__init__()
        self.heads = nn.ModuleList(Head(case) for case in DISTRIBUTED)

    def forward(self, batches: list[list[Tensor]]) -> Tensor:
        return torch.stack([head(*batch) for head, batch in zip(self.heads, batches, strict=True)]).sum()


class Checkpointed(Net):
    """The same, every op computed again in the backward."""

    def forward(self, batches: list[list[Tensor]]) -> Tensor:
        losses = [
            checkpoint(head, *batch, use_reentrant=False) for head, batch in zip(self.heads, batches, strict=True)
        ]
        return torch.stack(losses).sum()


DISTRIBUTED = [case for case in PRINCIPAL if case.name != "cross_entropy-everything"]
"""Without the case whose mean divides by the weights in each process, so that two processes are not one."""


def ddp(net: Net) -> nn.Module:
    return DistributedDataParallel(net)


def fsdp(net: Net) -> nn.Module:
    for head in net.heads:
        fully_shard(head)
    return fully_shard(net)


def compiled(wrap: Callable[[Net], nn.Module]) -> Callable[[Net], nn.Module]:
    return lambda net: torch.compile(wrap(net), backend="aot_eager")


WAYS: dict[str, tuple[type[Net], Callable[[Net], nn.Module]]] = {
    "ddp": (Net, ddp),
    "ddp-compiled": (Net, compiled(ddp)),
    "ddp-checkpointed": (Checkpointed, ddp),
    "fsdp": (Net, fsdp),
    "fsdp-compiled": (Net, compiled(fsdp)),
    "fsdp-checkpointed": (Checkpointed, fsdp),
}


def batches(rank: int, world: int) -> list[list[Tensor]]:
    """The rows of this process, of a whole that does not depend on how many there are."""
    whole = [case.arguments(torch.float32, n=ROWS) for case in DISTRIBUTED]
    rows = slice(rank * ROWS // world, (rank + 1) * ROWS // world)
    return [[t[rows] if len(t) == ROWS else t for t in tensors] for tensors in whole]


def run(way: str, rank: int, world: int) -> dict[str, Tensor]:
    kind, wrap = WAYS[way]
    net = kind()
    model = net if world == 1 else wrap(net)
    model(batches(rank, world)).backward()
    grads = {name: parameter.grad for name, parameter in net.named_parameters()}
    return {name: g.full_tensor() if isinstance(g, DTensor) else g for name, g in grads.items()}


def main(folder: Path) -> None:
    rank, world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    torch.set_num_threads(1)
    torch._dynamo.config.recompile_limit = 64  # every head is another graph
    if world == 1:
        torch.save(run("ddp", 0, 1), folder / "single.pt")
        return
    store = dist.FileStore(str(folder / "store"), world)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=world, timeout=timedelta(seconds=120))
    for way in WAYS:
        result = run(way, rank, world)
        if rank == 0:
            torch.save(result, folder / f"{way}.pt")
    dist.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
