from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn import datasets

from handgrad.training import DATA_NAMES, DataError, SklearnDataModule

CLASSES = {"wine": 3, "breast_cancer": 2, "digits": 10, "iris": 3, "diabetes": None}


@pytest.mark.parametrize("name", DATA_NAMES)
def test_every_row_of_scikit_learns_table_is_in_one_split_unchanged(name):
    arguments = {"scaled": False} if name == "diabetes" else {}
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True, **arguments)
    data = SklearnDataModule(name)
    splits = (data.train, data.validation, data.test)
    ours = np.concatenate([np.column_stack([split.x.numpy(), split.y.numpy()]) for split in splits])
    theirs = np.column_stack([x, y]).astype(np.float32)
    np.testing.assert_array_equal(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)])


@pytest.mark.parametrize("name", DATA_NAMES)
def test_sizes_and_types_are_what_a_task_needs(name):
    data = SklearnDataModule(name)
    data.setup("fit")
    assert data.in_features == len(data.features) == data.train.x.shape[1]
    assert data.train.x.dtype == torch.float32
    assert data.train.y.dtype == (torch.float32 if CLASSES[name] is None else torch.int64)
    assert (None if data.classes is None else len(data.classes)) == CLASSES[name]
    assert data.out_features == (CLASSES[name] or 1)


def test_names_are_those_of_the_table():
    wine = SklearnDataModule("wine").prepare()
    assert wine.features[:2] == ["alcohol", "malic_acid"]
    assert (wine.classes, wine.target) == (["class_0", "class_1", "class_2"], "cultivar")
    assert SklearnDataModule("digits").classes == [str(digit) for digit in range(10)]


def test_diabetes_is_in_its_own_units():
    assert SklearnDataModule("diabetes").train.x[:, 0].min() >= 18  # years of age


def test_an_unknown_name_lists_the_known_and_the_near():
    with pytest.raises(
        ValueError, match=r"wine, breast_cancer, digits, iris, diabetes, got 'wien'\. Did you mean 'wine'"
    ):
        SklearnDataModule("wien")


def test_a_batch_larger_than_the_training_split_is_refused():
    with pytest.raises(DataError, match=r"batch_size of at most the 90 rows .* \(of 150 rows\), got 91; use a smaller"):
        SklearnDataModule("iris", batch_size=91).prepare()


def test_a_batch_must_have_rows():
    with pytest.raises(ValueError, match="expected batch_size of at least 1, got 0"):
        SklearnDataModule("iris", batch_size=0)
