"""Strides, offsets and maps that torch handles wrongly."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from laws.mistakes_of_torch.computed import WIDE, drawn, slope


@pytest.mark.parametrize("training", [True, False])
def test_a_weight_of_stride_0_is_read_wrongly(training: bool) -> None:
    x, mean, variance = drawn(3, 2), torch.zeros(2, dtype=WIDE), torch.ones(2, dtype=WIDE)
    weight = torch.tensor([2.0], dtype=WIDE).expand(2)
    with_weight = [
        slope(lambda x, w=w: F.batch_norm(x, mean.clone(), variance.clone(), w, training=training) * x.detach(), x)[0]
        for w in (weight, weight.clone(memory_format=torch.contiguous_format))
    ]
    assert not torch.allclose(*with_weight)


@pytest.mark.parametrize("median", [torch.median, torch.nanmedian])
def test_the_median_of_stride_0_is_wrong(median) -> None:
    x = drawn(3, 1).expand(3, 4)
    assert torch.equal(median(x.contiguous(), 1).values, x[:, 0])
    assert not torch.equal(median(x, 1).values, x[:, 0])


def test_the_backward_of_stft_refuses_an_odd_offset() -> None:
    x = drawn(16).requires_grad_()
    y = torch.view_as_real(torch.stft(x, 8, window=torch.ones(8, dtype=WIDE), return_complex=True))
    grads_y = drawn(y.numel() + 1)
    even = torch.autograd.grad(y, x, grads_y[:-1].reshape(y.shape), retain_graph=True)[0]
    assert bool(even.isfinite().all())
    with pytest.raises(RuntimeError, match="storage_offset divisible by 2"):
        torch.autograd.grad(y, x, grads_y[1:].reshape(y.shape))


def test_the_pullback_of_cdist_is_mapped_wrongly() -> None:
    x, y, grads_y = drawn(3, 2), drawn(2, 2), drawn(3, 3, 2)
    pullback = torch.func.vjp(lambda x: torch.cdist(x, y), x)[1]
    looped = torch.stack([pullback(grad_y)[0] for grad_y in grads_y])
    assert not torch.allclose(torch.func.vmap(pullback)(grads_y)[0], looped)


@pytest.mark.parametrize("length", [2, 5])
def test_the_gradient_of_select_scatter_under_vmap_is_a_multiple(length: int) -> None:
    x, sources, weights = drawn(3, length, 4), drawn(3, 4), drawn(3, length, 4)

    def put(x: Tensor, source: Tensor) -> Tensor:
        return torch.select_scatter(x, source, 0, 1)

    looped = slope(lambda s: torch.stack(list(map(put, x, s))) * weights, sources)[0]
    assert torch.equal(looped, weights[:, 1])
    assert torch.allclose(slope(lambda s: torch.func.vmap(put)(x, s) * weights, sources)[0], length * looped)


def test_the_gradient_of_a_gated_cell_cannot_be_mapped_over_its_input() -> None:
    cell = nn.GRUCell(2, 2).double()
    slopes = torch.func.grad(lambda x, state: cell(x, state).sin().sum())
    many, one = drawn(3, 2, 2), drawn(2, 2)
    assert torch.func.vmap(slopes, (None, 0))(one, many).shape == many.shape
    with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
        torch.func.vmap(slopes, (0, None))(many, one)
