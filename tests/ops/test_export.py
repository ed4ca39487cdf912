"""torch.export and ONNX: the forward of every op, with a dynamic batch. (Export inlines forward, so it keeps no backward.)"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.export import Dim, export

from cases import BY_NAME, PRINCIPAL, Case
from gradients import over_principal_cases

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*is deprecated:FutureWarning"),  # torch itself
]

WRONG_IN_ONNX = ("cross_entropy-everything", "cross_entropy-probabilities")
"""torch 2.13 exports every cross entropy, its own too, as an ONNX operator that knows indices only and no label smoothing."""

IN_ONNX = [case for case in PRINCIPAL if case.name not in WRONG_IN_ONNX] + [BY_NAME["cross_entropy-3d-none"]]


class AsModule(nn.Module):
    """An op, as what export takes."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.op = case.ours

    def forward(self, *tensors: Tensor) -> Tensor:
        return self.op(*tensors)


class All(nn.Module):
    """All ops in one graph."""

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        rest = list(tensors)
        return tuple(case.ours(*(rest.pop(0) for _ in case.parameters)) for case in IN_ONNX)


def dynamic_batch(case: Case) -> tuple[dict[int, object], ...]:
    """Which dimension of which argument is the batch: the first, where it changes with n."""
    small, large = case.arguments(n=4), case.arguments(n=5)
    return tuple({0: Dim.DYNAMIC} if a.shape != b.shape else {} for a, b in zip(small, large, strict=True))


@pytest.mark.parametrize("strict", [True, False], ids=["strict", "non-strict"])
@over_principal_cases
def test_exported_with_a_dynamic_batch(case: Case, strict: bool) -> None:
    program = export(AsModule(case), tuple(case.arguments(n=4)), dynamic_shapes=(dynamic_batch(case),), strict=strict)
    for n in (4, 9):
        torch.testing.assert_close(program.module()(*case.arguments(n=n)), case.native(*case.arguments(n=n)))


@over_principal_cases
def test_exported_program_survives_decomposition_and_disk(case: Case, tmp_path: Path) -> None:
    program = export(AsModule(case), tuple(case.arguments())).run_decompositions()
    torch.export.save(program, tmp_path / "op.pt2")
    loaded = torch.export.load(tmp_path / "op.pt2").module()
    torch.testing.assert_close(loaded(*case.arguments()), case.native(*case.arguments()))


@pytest.fixture(scope="module")
def onnx_outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """What onnxruntime says for a batch of another size than the exported one."""
    onnxruntime = pytest.importorskip("onnxruntime")
    path = tmp_path_factory.mktemp("onnx") / "ops.onnx"
    example = [t for case in IN_ONNX for t in case.arguments(torch.float32)]
    shapes = tuple(shape for case in IN_ONNX for shape in dynamic_batch(case))
    torch.onnx.export(All().eval(), tuple(example), path, dynamo=True, dynamic_shapes=(shapes,), verbose=False)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    fed = [t.numpy() for case in IN_ONNX for t in case.arguments(torch.float32, n=6)]
    outputs = session.run(None, {node.name: array for node, array in zip(session.get_inputs(), fed, strict=True)})
    return {case.name: output for case, output in zip(IN_ONNX, outputs, strict=True)}


@pytest.mark.parametrize("case", IN_ONNX, ids=str)
def test_onnx_runtime_computes_the_same(case: Case, onnx_outputs: dict[str, np.ndarray]) -> None:
    expected = case.native(*case.arguments(torch.float32, n=6))
    torch.testing.assert_close(torch.from_numpy(np.asarray(onnx_outputs[case.name])), expected)
