from __future__ import annotations

import numpy as np
import pytest

from handgrad.training import DataError
from handgrad.training._split import check_fractions, split_indices


def test_every_row_is_in_exactly_one_split():
    parts = split_indices("t", np.arange(50.0), None, 0.2, 0.3, seed=1)
    assert [len(part) for part in parts] == [25, 10, 15]
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(50))


def test_a_seed_gives_one_split_and_another_seed_another():
    y = np.arange(50.0)
    first, again, other = (split_indices("t", y, None, 0.2, 0.2, seed)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_each_split_has_the_classes_in_the_proportions_of_the_whole():
    y = np.repeat([0, 1, 2], [60, 30, 10])
    for part in split_indices("t", y, ["a", "b", "c"], 0.2, 0.2, seed=0):
        np.testing.assert_allclose(np.bincount(y[part]) / len(part), [0.6, 0.3, 0.1], atol=0.01)


def test_a_class_with_too_few_rows_is_named_with_their_number():
    y = np.repeat([0, 1, 2], [20, 20, 2])
    with pytest.raises(DataError, match=r"at least 3 rows of every class .* got fewer of 'rare' \(2\); give more rows"):
        split_indices("rows.csv", y, ["a", "b", "rare"], 0.2, 0.2, seed=0)


def test_a_target_of_one_class_is_refused():
    with pytest.raises(DataError, match="expected at least 2 classes in the target, got only 'a'"):
        split_indices("rows.csv", np.zeros(30), ["a"], 0.2, 0.2, seed=0)


@pytest.mark.parametrize("classes", [None, ["a", "b"]])
def test_too_few_rows_for_three_splits_are_refused(classes):
    y = np.array([0, 0, 0, 1, 1, 1])
    with pytest.raises(DataError, match=r"expected at least 2 rows in each of the .* splits, got 4, 1 and 1 of 6 rows"):
        split_indices("rows.csv", y, classes, 0.2, 0.2, seed=0)


@pytest.mark.parametrize(("validation", "test"), [(0, 0.2), (0.2, 0), (-0.1, 0.2), (0.5, 0.5), (0.2, 1.0)])
def test_fractions_must_leave_rows_for_everything(validation, test):
    with pytest.raises(ValueError, match="expected validation_fraction and test_fraction above 0 with a sum below 1"):
        check_fractions("Data", validation, test)


def test_fractions_that_leave_a_class_alone_are_refused():
    y = np.repeat([0, 1], [40, 3])
    with pytest.raises(DataError, match=r"rows\.csv: 43 rows cannot be split by class: .*least populated"):
        split_indices("rows.csv", y, ["a", "b"], 0.1, 0.7, seed=0)
