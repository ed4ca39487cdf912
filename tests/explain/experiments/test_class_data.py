from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from handgrad.explain.experiments import ClassData


def make(**changes):
    x, t = torch.arange(12.0).reshape(4, 3), torch.tensor([0, 1, 1, 0])
    return replace(ClassData(x, t, x, t, ["width", "height", "weight"], ["a", "b"]), **changes)


def test_rows_become_float64():
    assert make().x_train.dtype == make().x_test.dtype == torch.float64


def test_columns_are_selected_by_name_in_the_order_asked_for():
    chosen = make().select(["weight", "width"])
    assert chosen.x_train.tolist() == [[2, 0], [5, 3], [8, 6], [11, 9]]
    assert chosen.features == ["weight", "width"]
    assert torch.equal(chosen.t_test, make().t_test)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"x_train": torch.ones(4, 2)}, r"x_train of shape \(rows, 3\).*got \(4, 2\)"),
        ({"x_test": torch.ones(0, 3)}, r"x_test of shape \(rows, 3\), with rows.*got \(0, 3\)"),
        ({"t_train": torch.tensor([0, 1])}, "t_train of one int64 index for each of the 4 rows"),
        ({"t_train": torch.ones(4)}, "t_train of one int64 index.*float32"),
        ({"t_test": torch.tensor([0, 1, 2, 0])}, r"indices in 0 … 1 in t_test, got \(0, 2\)"),
        ({"t_test": torch.tensor([0, 1, -1, 0])}, r"indices in 0 … 1 in t_test, got \(-1, 1\)"),
    ],
)
def test_what_does_not_fit_together_is_refused(changes, words):
    with pytest.raises(ValueError, match=f"ClassData: expected .*{words}"):
        make(**changes)


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (["width", "hight"], "there is no feature 'hight'; did you mean 'height'"),
        (["width", "zzz"], "there is no feature 'zzz'; the data have width, height, weight$"),
        (["width", "width"], "expected different features"),
    ],
)
def test_an_unknown_column_is_answered_with_the_known_ones(features, words):
    with pytest.raises(ValueError, match=words):
        make().select(features)


def test_of_many_columns_some_are_named():
    names = [f"pixel {index}" for index in range(64)]
    many = ClassData(torch.ones(2, 64), torch.tensor([0, 1]), torch.ones(2, 64), torch.tensor([0, 1]), names, "ab")
    with pytest.raises(ValueError, match=r"the data have pixel 0, .*, pixel 7 … \(64\)$"):
        many.select(["zzz"])
