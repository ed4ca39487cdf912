"""DDP and FSDP2 on two gloo processes: the gradients are those of one process with the double batch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from cases import PRINCIPAL, Case

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).with_name("two_processes.py")
WAYS = ["ddp", "ddp-compiled", "ddp-checkpointed", "fsdp", "fsdp-compiled", "fsdp-checkpointed"]
DISTRIBUTED = [case for case in PRINCIPAL if case.name != "cross_entropy-everything"]
"""The left out case divides by the weights that each process sees: two processes are not one, for torch's own op neither."""


def start(folder: Path, rank: int, world: int) -> subprocess.Popen[bytes]:
    environment = os.environ | {"RANK": str(rank), "WORLD_SIZE": str(world), "OMP_NUM_THREADS": "1"}
    with (folder / f"{rank}-of-{world}.log").open("wb") as log:
        return subprocess.Popen([sys.executable, SCRIPT, folder], env=environment, stdout=log, stderr=log)


@pytest.fixture(scope="module")
def gradients(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Tensor]]:
    """Gradients by way and parameter, from one process and from two."""
    folder = tmp_path_factory.mktemp("distributed")
    processes = [start(folder, 0, 1), start(folder, 0, 2), start(folder, 1, 2)]
    codes = [process.wait(timeout=300) for process in processes]
    assert codes == [0, 0, 0], "\n".join(path.read_text()[-3000:] for path in folder.glob("*.log"))
    return {path.stem: torch.load(path) for path in folder.glob("*.pt")}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", DISTRIBUTED, ids=str)
def test_two_processes_are_one(case: Case, way: str, gradients: dict[str, dict[str, Tensor]]) -> None:
    prefix = f"heads.{DISTRIBUTED.index(case)}."
    single = {name: grad for name, grad in gradients["single"].items() if name.startswith(prefix)}
    assert single
    for name, grad in single.items():
        assert grad.abs().max() > 0
        torch.testing.assert_close(gradients[way][name], grad)
