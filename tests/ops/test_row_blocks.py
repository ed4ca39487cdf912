"""Cross entropy of logits too large for the cache: the same numbers, and no temporary of their size."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd.profiler import profile

from gradients import value_and_gradients
from handgrad import ops
from handgrad.ops._row_blocks import row_blocks, too_large

native = torch.nn.functional.cross_entropy


def assert_as_native(x: Tensor, target: Tensor, **arguments: Any) -> None:
    ours, torchs = (
        value_and_gradients(partial(op, target=target, **arguments), [x]) for op in (ops.cross_entropy, native)
    )
    torch.testing.assert_close(ours, torchs)


def large(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Logits that are gone through in blocks, and are no multiple of them."""
    rows = 3 * 2**19 * torch.get_num_threads() // torch.Size(shape).numel() + 1
    x = torch.randn(rows, *shape, dtype=dtype, generator=torch.Generator().manual_seed(0)).mul_(4).requires_grad_()
    assert too_large(x)
    assert len(list(row_blocks(x))) > 1
    return x


def classes(x: Tensor) -> Tensor:
    return torch.randint(x.shape[1], (x.shape[0], *x.shape[2:]), generator=torch.Generator().manual_seed(1))


def biggest_allocation(run: Callable[[], object]) -> int:
    """The bytes of the largest tensor that torch allocates."""
    with profile(profile_memory=True) as profiled:
        run()
    return max(event.self_cpu_memory_usage for event in profiled.function_events)


@pytest.mark.parametrize("shape", [(5000,), (700, 3)], ids=str)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_class_indices(shape: tuple[int, ...], reduction: str, smoothing: float) -> None:
    x = large(*shape)
    target, weight = classes(x), torch.rand(shape[0], dtype=x.dtype)
    target[::7] = 3
    assert_as_native(x, target, weight=weight, ignore_index=3, reduction=reduction, label_smoothing=smoothing)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_class_probabilities(reduction: str, smoothing: float) -> None:
    x = large(5000)
    target, weight = torch.rand_like(x), torch.rand(5000, dtype=x.dtype)
    assert_as_native(x, target, weight=weight, reduction=reduction, label_smoothing=smoothing)


def test_the_chapters_reduction_divides_by_the_classes() -> None:
    x = large(5000)
    value = ops.cross_entropy(x, classes(x), reduction="chapter")
    torch.testing.assert_close(value, native(x, classes(x)) / 5000)


def test_logits_that_lie_transposed() -> None:
    x = large(5000).detach().t().contiguous().t().requires_grad_()
    assert_as_native(x, classes(x))


def test_the_value_holds_no_logarithm_of_all_probabilities() -> None:
    x = large(5000).detach()
    whole = biggest_allocation(lambda: native(x, classes(x)))
    assert whole == x.nbytes
    assert biggest_allocation(lambda: ops.cross_entropy(x, classes(x))) < 0.5 * x.nbytes


def test_a_row_with_a_wrong_class_in_a_later_block_is_named() -> None:
    x = large(5000)
    target = classes(x)
    target[-1] = 5000
    with pytest.raises(IndexError, match=r"must lie in \[0, 5000\) for 5000 classes, got 5000 \(1 of "):
        ops.cross_entropy(x, target)


@pytest.mark.parametrize("missing", [1, 600])
def test_too_few_targets_are_refused_as_ever(missing: int) -> None:
    x = large(5000)
    with pytest.raises(ValueError, match="class indices must have shape"):
        ops.cross_entropy(x, classes(x)[: len(x) - missing])
