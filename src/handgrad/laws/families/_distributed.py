"""Distributed: two processes, data-parallel (DDP) or sharded (FSDP2), get the mean of the gradients that each has alone."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor

from handgrad.laws._equivalence import require_equivalent
from handgrad.laws._finding import NotApplicableError, NotOfferedError
from handgrad.laws._law import Law
from handgrad.laws._pullback import Pullback, draws
from handgrad.laws._subject import Subject
from handgrad.laws._two_processes import WAYS, WORLD, Net, gradients


def two_processes(subject: Subject, sort: str) -> str | None:
    """The gradients of two processes are the mean of what one process gets for the data of each; also checkpointed and compiled."""
    if not dist.is_available() or not dist.is_gloo_available():
        raise NotApplicableError("this build of torch has no gloo")
    if draws(subject, subject.points):
        raise NotApplicableError("the function draws random numbers, others in each process")
    names, expected = _alone(subject)
    with tempfile.TemporaryDirectory() as folder:
        found = _together(subject, Path(folder), sort)
    if isinstance(found["plain"], str):
        raise NotOfferedError(f"it does not work with {sort}: {found['plain']}")
    for way, grads in found.items():
        if not isinstance(grads, str):
            got = Pullback((), tuple(grads[name] for name in names), ())
            where = f"in two processes ({sort}, {way})"
            require_equivalent(where, names, got, Pullback((), tuple(expected), ()))
    refusals = [f"{way}, it is refused: {words}" for way, words in found.items() if isinstance(words, str)]
    return "; ".join(refusals) or None


def _alone(subject: Subject) -> tuple[list[str], list[Tensor | None]]:
    nets = [Net(subject) for _ in range(WORLD)]
    grads = [gradients(net, net, rank) for rank, net in enumerate(nets)]
    means = {name: _mean([one[name] for one in grads]) for name in grads[0]}
    return list(means), list(means.values())


def _mean(grads: list[Tensor | None]) -> Tensor | None:
    there = [grad for grad in grads if grad is not None]
    return torch.stack(there).sum(0) / len(grads) if there else None


def _together(subject: Subject, folder: Path, sort: str) -> dict[str, dict[str, Tensor | None] | str]:
    """The gradients by way, or what it raised."""
    _send(subject, folder)
    processes = [_start(folder, rank, sort) for rank in range(WORLD)]
    try:
        codes = [process.wait() for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    if any(codes):
        failed = next(rank for rank, code in enumerate(codes) if code)
        said = (folder / f"{failed}.log").read_text(errors="replace").strip()
        raise NotApplicableError(f"the other process fails: {said.splitlines()[-1] if said else codes[failed]}")
    return {way: torch.load(folder / f"{way}.pt") for way in WAYS[sort]}


def _send(subject: Subject, folder: Path) -> None:
    if getattr(subject.fn, "__module__", None) == "__main__":
        raise NotApplicableError("another process cannot import what is defined in __main__: put it into a module")
    try:
        torch.save(subject, folder / "subject.pt")
    except Exception as error:
        raise NotApplicableError(f"it cannot be sent to another process: {error}") from error


def _start(folder: Path, rank: int, sort: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    code = f"from handgrad.laws._two_processes import main; main({str(folder)!r}, {rank}, {sort!r})"
    with (folder / f"{rank}.log").open("wb") as log:
        return subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=log, stderr=log)


LAWS = tuple(
    Law(
        sort,
        "distributed",
        f"In two processes ({sort.upper()}) the gradients are the mean of those of each.",
        partial(two_processes, sort=sort),
        slow=True,
    )
    for sort in WAYS
)
