"""The products behind a descent."""

from __future__ import annotations

import pytest
import torch

from handgrad.engine._descent import _add_product_, _product

onednn = pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="torch has no oneDNN here")


@onednn
@pytest.mark.parametrize("rows", [5, 1024, 2500])
def test_a_gradient_adds_up_the_pieces_of_a_batch(rows: int) -> None:
    torch.manual_seed(0)
    grad_y, x = torch.randn(rows, 7), torch.randn(rows, 9)
    expected = (grad_y.double().mT @ x.double()).float()
    torch.testing.assert_close(_product(grad_y.mT, x.mT), expected, rtol=1e-5, atol=1e-4)


@onednn
def test_a_product_is_added_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handgrad.engine._descent._BLOCK", 20)
    torch.manual_seed(0)
    a, b, c = torch.randn(7, 5), torch.randn(9, 5), torch.randn(7, 9)
    expected = c - 0.5 * (a @ b.mT)
    _add_product_(c, a, b, alpha=-0.5)
    torch.testing.assert_close(c, expected)
