from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch.nn import functional

from handgrad.nn import CrossEntropyLoss, MSELoss


def test_cross_entropy_is_torchs():
    logits, target = torch.randn(20, 3), torch.randint(3, (20,))
    loss = CrossEntropyLoss(weight=[1, 2, 3], label_smoothing=0.1)
    expected = functional.cross_entropy(logits, target, torch.tensor([1.0, 2.0, 3.0]), label_smoothing=0.1)
    torch.testing.assert_close(loss(logits, target), expected)


def test_mean_squared_error_is_torchs():
    y, target = torch.randn(20, 1), torch.randn(20, 1)
    torch.testing.assert_close(MSELoss()(y, target), functional.mse_loss(y, target))


def test_balanced_weights_are_scikit_learns():
    y = torch.tensor([0] * 5 + [1] * 10 + [2] * 25)
    loss = CrossEntropyLoss(weight="balanced")
    loss.fit(y, 3)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=y.numpy())
    np.testing.assert_allclose(loss.weight.numpy(), expected, rtol=1e-6)


def test_balanced_weights_have_to_be_counted_first():
    with pytest.raises(RuntimeError, match=r"expected fit\(y, classes\) before the first use with weight='balanced'"):
        CrossEntropyLoss(weight="balanced")(torch.zeros(2, 2), torch.tensor([0, 1]))


def test_weights_are_no_part_of_a_checkpoint():
    assert CrossEntropyLoss(weight=[1, 2]).state_dict() == {}


def test_a_list_of_weights_must_have_one_for_each_class():
    with pytest.raises(ValueError, match="expected a weight for each of the 3 classes, got 2"):
        CrossEntropyLoss(weight=[1, 2]).fit(torch.tensor([0, 1, 2]), 3)


@pytest.mark.parametrize("weight", [[1, -1], [0, 0], [1, float("nan")]])
def test_weights_must_be_finite_and_not_negative(weight):
    with pytest.raises(ValueError, match="expected finite weights of at least 0, not all 0"):
        CrossEntropyLoss(weight=weight)


def test_an_unknown_weighting_is_refused():
    with pytest.raises(ValueError, match="expected weight to be 'balanced', a list or None, got 'balnced'"):
        CrossEntropyLoss(weight="balnced")


@pytest.mark.parametrize("smoothing", [-0.1, 1.1])
def test_label_smoothing_must_be_a_part(smoothing):
    with pytest.raises(ValueError, match=r"expected label_smoothing in \[0, 1\]"):
        CrossEntropyLoss(label_smoothing=smoothing)


@pytest.mark.parametrize("loss", [CrossEntropyLoss, MSELoss])
def test_a_reduction_that_gives_no_single_number_is_refused_at_once(loss):
    with pytest.raises(ValueError, match="expected a reduction to one number to train on, got 'none'; say 'mean'"):
        loss(reduction="none")


@pytest.mark.parametrize("loss", [CrossEntropyLoss, MSELoss])
def test_an_unknown_reduction_lists_the_known_ones_at_once(loss):
    with pytest.raises(ValueError, match="half_sum"):
        loss(reduction="average")


@pytest.mark.parametrize("loss", [CrossEntropyLoss, MSELoss])
@pytest.mark.parametrize("reduction", ["mean", "sum", "chapter", "torch", "half_sum"])
def test_every_convention_trains(loss, reduction):
    y = torch.randn(4, 3, requires_grad=True)
    target = torch.tensor([0, 1, 2, 0]) if loss is CrossEntropyLoss else torch.randn(4, 3)
    loss(reduction=reduction)(y, target).backward()
    assert y.grad.isfinite().all()


def test_the_arguments_are_shown():
    assert "label_smoothing=0.1, reduction='sum'" in repr(CrossEntropyLoss(label_smoothing=0.1, reduction="sum"))
    assert "reduction='sum'" in repr(MSELoss("sum"))
