"""What bad arguments get: who, what was expected, what came, and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torch
from torch._subclasses import FakeTensorMode

from handgrad import ops

x = torch.randn(3, 4)
logits = torch.randn(2, 3)
index = torch.tensor([0, 1])

MISTAKES: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "linear: weight of another width": (
        lambda: ops.linear(x, torch.randn(5, 3)),
        ValueError,
        "linear: weight must have shape (out, 4) to match x of shape (3, 4), got (5, 3)",
    ),
    "linear: weight is a vector": (
        lambda: ops.linear(x, torch.randn(4)),
        ValueError,
        "linear: weight must have shape (out, 4) to match x of shape (3, 4), got (4,)",
    ),
    "linear: weight is a batch": (
        lambda: ops.linear(x, torch.randn(2, 5, 4)),
        ValueError,
        "linear: weight must have shape (out, 4) to match x of shape (3, 4), got (2, 5, 4)",
    ),
    "linear: x is a scalar": (
        lambda: ops.linear(torch.tensor(1.0), torch.randn(5, 4)),
        ValueError,
        "linear: weight must have shape (out, in) and x at least one dimension to match x of shape (), got (5, 4)",
    ),
    "linear: bias of another size": (
        lambda: ops.linear(x, torch.randn(5, 4), torch.randn(4)),
        ValueError,
        "linear: bias must have shape (5,) to match weight of shape (5, 4), got (4,)",
    ),
    "linear: bias that would broadcast": (
        lambda: ops.linear(x, torch.randn(5, 4), torch.randn(1)),
        ValueError,
        "linear: bias must have shape (5,) to match weight of shape (5, 4), got (1,)",
    ),
    "linear: bias is a scalar": (
        lambda: ops.linear(x, torch.randn(5, 4), torch.tensor(1.0)),
        ValueError,
        "linear: bias must have shape (5,) to match weight of shape (5, 4), got ()",
    ),
    "linear: bias is a column": (
        lambda: ops.linear(x, torch.randn(5, 4), torch.randn(5, 1)),
        ValueError,
        "linear: bias must have shape (5,) to match weight of shape (5, 4), got (5, 1)",
    ),
    "linear: weight of another dtype": (
        lambda: ops.linear(x, torch.randn(5, 4).double()),
        ValueError,
        "linear: weight must be torch.float32 on cpu to match x, got torch.float64 on cpu",
    ),
    "linear: bias of another dtype": (
        lambda: ops.linear(x, torch.randn(5, 4), torch.randn(5).double()),
        ValueError,
        "linear: bias must be torch.float32 on cpu to match x, got torch.float64 on cpu",
    ),
    "ensemble_linear: weight of one member": (
        lambda: ops.ensemble_linear(x, torch.randn(5, 4)),
        ValueError,
        "ensemble_linear: weight must have shape (members, out, in), got (5, 4)",
    ),
    "ensemble_linear: weight of another width": (
        lambda: ops.ensemble_linear(x, torch.randn(2, 5, 3)),
        ValueError,
        "ensemble_linear: x must have shape (batch, 3) or (2, batch, 3) to match weight of shape (2, 5, 3), got (3, 4)",
    ),
    "ensemble_linear: x is a vector": (
        lambda: ops.ensemble_linear(x[0], torch.randn(2, 5, 4)),
        ValueError,
        "ensemble_linear: x must have shape (batch, 4) or (2, batch, 4) to match weight of shape (2, 5, 4), got (4,)",
    ),
    "ensemble_linear: x of more members": (
        lambda: ops.ensemble_linear(x.expand(6, 3, 4), torch.randn(2, 5, 4)),
        ValueError,
        "ensemble_linear: x must have shape (batch, 4) or (2, batch, 4) to match weight of shape (2, 5, 4), got (6, 3, 4)",
    ),
    "ensemble_linear: one bias for all": (
        lambda: ops.ensemble_linear(x, torch.randn(2, 5, 4), torch.randn(5)),
        ValueError,
        "ensemble_linear: bias must have shape (2, 5) to match weight of shape (2, 5, 4), got (5,)",
    ),
    "ensemble_linear: weight of another dtype": (
        lambda: ops.ensemble_linear(x, torch.randn(2, 5, 4).double()),
        ValueError,
        "ensemble_linear: weight must be torch.float32 on cpu to match x, got torch.float64 on cpu",
    ),
    "mse_loss: shapes that do not broadcast": (
        lambda: ops.mse_loss(torch.randn(3, 4), torch.randn(3)),
        ValueError,
        "mse_loss: target must have a shape that broadcasts with y of shape (3, 4), got (3,)",
    ),
    "cross_entropy: too few targets": (
        lambda: ops.cross_entropy(logits, torch.tensor([0])),
        ValueError,
        "cross_entropy: class indices must have shape (2,) to match logits of shape (2, 3), got (1,)",
    ),
    "cross_entropy: int32 targets": (
        lambda: ops.cross_entropy(logits, index.int()),
        ValueError,
        "cross_entropy: class indices must be int64, got torch.int32; use target.long()",
    ),
    "cross_entropy: float targets": (
        lambda: ops.cross_entropy(logits, index.float()),
        ValueError,
        "cross_entropy: class probabilities must have the shape of the logits (2, 3), got (2,); "
        "class indices must be of an integer dtype (target.long())",
    ),
    "cross_entropy: probabilities of another shape": (
        lambda: ops.cross_entropy(logits, torch.rand(2, 4)),
        ValueError,
        "cross_entropy: class probabilities must have the shape of the logits (2, 3), got (2, 4)",
    ),
    "cross_entropy: class too large": (
        lambda: ops.cross_entropy(logits, torch.tensor([0, 3])),
        IndexError,
        "cross_entropy: class indices must lie in [0, 3) for 3 classes, got 3 (1 of 2 targets out of range)",
    ),
    "cross_entropy: class negative": (
        lambda: ops.cross_entropy(logits, torch.tensor([-1, -1])),
        IndexError,
        "cross_entropy: class indices must lie in [0, 3) for 3 classes, got -1 (2 of 2 targets out of range)",
    ),
    "cross_entropy: scalar logits": (
        lambda: ops.cross_entropy(torch.tensor(1.0), torch.tensor(0)),
        ValueError,
        "cross_entropy: logits must have shape (C), (N, C) or (N, C, d1, …), got a scalar",
    ),
    "cross_entropy: weight of another size": (
        lambda: ops.cross_entropy(logits, index, torch.ones(2)),
        ValueError,
        "cross_entropy: weight must have shape (3,), one a class, got (2,)",
    ),
    "cross_entropy: weight that learns": (
        lambda: ops.cross_entropy(logits, index, torch.ones(3, requires_grad=True)),
        ValueError,
        "cross_entropy: weight is a constant of the loss, got one that requires grad; pass weight.detach()",
    ),
    "cross_entropy: smoothing above one": (
        lambda: ops.cross_entropy(logits, index, label_smoothing=1.5),
        ValueError,
        "cross_entropy: label_smoothing must lie in [0, 1], got 1.5",
    ),
    "cross_entropy: smoothing negative": (
        lambda: ops.cross_entropy(logits, index, label_smoothing=-0.1),
        ValueError,
        "cross_entropy: label_smoothing must lie in [0, 1], got -0.1",
    ),
    "cross_entropy: ignored index with probabilities": (
        lambda: ops.cross_entropy(logits, logits.softmax(1), ignore_index=0),
        ValueError,
        "cross_entropy: ignore_index needs class indices as the target, got class probabilities",
    ),
    "cross_entropy: unknown reduction": (
        lambda: ops.cross_entropy(logits, index, reduction="average"),
        ValueError,
        "cross_entropy: reduction must be one of none, mean, sum, torch, chapter, half_sum, got 'average'",
    ),
    "cross_entropy_on_probabilities: class index": (
        lambda: ops.cross_entropy_on_probabilities(logits.softmax(1), index),
        ValueError,
        "cross_entropy_on_probabilities: target must have the shape of y, with a dimension of classes, "
        "got (2,) for y of shape (2, 3); make a class index one-hot first",
    ),
    "cross_entropy_on_probabilities: scalars": (
        lambda: ops.cross_entropy_on_probabilities(torch.tensor(0.5), torch.tensor(1.0)),
        ValueError,
        "cross_entropy_on_probabilities: target must have the shape of y, with a dimension of classes, "
        "got () for y of shape (); make a class index one-hot first",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_message(mistake: str) -> None:
    call, error, message = MISTAKES[mistake]
    with pytest.raises(error, match=re.escape(message)):
        call()


@pytest.mark.parametrize("requires_grad", [True, False], ids=["with-gradient", "without-gradient"])
@pytest.mark.parametrize("mistake", [name for name in MISTAKES if "learns" not in name])
def test_message_with_and_without_a_gradient(mistake: str, requires_grad: bool) -> None:
    call, error, message = MISTAKES[mistake]
    for tensor in (x, logits):
        tensor.requires_grad_(requires_grad)
    with torch.set_grad_enabled(requires_grad), pytest.raises(error, match=re.escape(message)):
        call()


@pytest.mark.parametrize("op", [ops.softmax, ops.log_softmax])
def test_softmax_of_a_dimension_that_is_not_there(op: Callable[..., torch.Tensor]) -> None:
    with pytest.raises(IndexError, match=r"Dimension out of range \(expected to be in range of \[-2, 1\], but got 2\)"):
        op(logits, 2)


def test_a_class_that_is_ignored_may_be_out_of_range() -> None:
    assert ops.cross_entropy(logits.detach(), torch.tensor([0, 255]), ignore_index=255).isfinite()


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU")
def test_a_weight_on_another_device_is_named() -> None:
    message = "linear: weight must be torch.float32 on cpu to match x, got torch.float32 on cuda:0"
    with pytest.raises(ValueError, match=re.escape(message)):
        ops.linear(x.detach(), torch.randn(5, 4, device="cuda"))


def test_under_vmap_torchs_own_error_about_a_class_stands() -> None:
    logits, target = torch.zeros(2, 3, 4), torch.full((2, 3), 7)
    with pytest.raises(RuntimeError, match="index 7 is out of bounds"):
        torch.func.vmap(ops.cross_entropy)(logits, target)


def test_a_trace_is_refused_what_the_kernel_would_refuse() -> None:
    with FakeTensorMode(), pytest.raises(ValueError, match=r"must have the shape of the logits \(2, 3\), got \(2, 1\)"):
        ops.cross_entropy(torch.rand(2, 3), torch.rand(2, 1))
