from __future__ import annotations

import pytest
import torch

from handgrad.training import CSVDataModule, DataError


def column(values):
    return [[index / 10, value] for index, value in enumerate(values)]


def test_columns_are_features_but_for_the_target(make_csv, blobs):
    data = CSVDataModule(make_csv(["age", "kind", "smell"], [[a, c, b] for a, b, c in blobs]), "kind", batch_size=8)
    assert (data.features, data.target, data.classes) == (["age", "smell"], "kind", ["red", "white"])
    assert (data.in_features, data.out_features) == (2, 2)
    assert [len(split.y) for split in (data.train, data.validation, data.test)] == [24, 8, 8]


def test_rows_keep_their_targets(make_csv):
    rows = [[index, 10 * index + 0.5] for index in range(30)]
    data = CSVDataModule(make_csv(["a", "y"], rows), "y", batch_size=8)
    for split in (data.train, data.validation, data.test):
        assert torch.equal(split.y, 10 * split.x[:, 0] + 0.5)


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (["b", "a"] * 20, ["a", "b"]),
        ([10, 9] * 20, ["9", "10"]),
        (["1", "1.0", "2"] * 10, ["1", "2"]),
        (["x", "10", "9"] * 10, ["10", "9", "x"]),
        ([0.5, 1.5] * 20, None),
        (range(40), None),
        ([1, 2, 3, 4, 5, 6, 7, 8] * 5, None),
        ([1, 2, 3, 4, 5, 6, 7] * 6, ["1", "2", "3", "4", "5", "6", "7"]),
    ],
)
def test_auto_tells_classes_from_quantities(make_csv, values, classes):
    data = CSVDataModule(make_csv(["a", "y"], column(values)), "y", batch_size=8)
    assert data.prepare().classes == classes


def test_the_task_can_be_said(make_csv):
    path = make_csv(["a", "y"], column([1, 2] * 20))
    assert CSVDataModule(path, "y", task="regression", batch_size=8).classes is None
    assert CSVDataModule(path, "y", task="classification", batch_size=8).classes == ["1", "2"]


def test_an_unknown_task_lists_the_known():
    with pytest.raises(
        ValueError, match=r"auto, classification, regression, got 'regresion'. Did you mean 'regression'"
    ):
        CSVDataModule("rows.csv", "y", task="regresion")


def test_constructing_reads_nothing():
    data = CSVDataModule("no/such/file.csv", "y")
    with pytest.raises(FileNotFoundError, match=r"no/such/file\.csv"):
        data.prepare()


def test_a_missing_target_names_near_matches(make_csv):
    with pytest.raises(DataError, match=r"expected the target column 'qualty', got only .* Did you mean 'Quality'"):
        CSVDataModule(make_csv(["a", "Quality"], [[1, 2]]), "qualty").prepare()


@pytest.mark.parametrize(("header", "rows"), [(["y"], [[1], [2]]), (["a", "y"], [])])
def test_a_table_without_features_or_rows_is_refused(make_csv, header, rows):
    with pytest.raises(DataError, match="expected feature columns beside the target 'y' and rows below the header"):
        CSVDataModule(make_csv(header, rows), "y").prepare()


def test_a_feature_of_text_is_named(make_csv):
    path = make_csv(["city", "a", "y"], [["Tokyo", 1, 0.5], ["Kyoto", 2, 0.7]])
    with pytest.raises(DataError, match=r"column 'city' in 2 of 2 rows .first: 'Tokyo' in line 2"):
        CSVDataModule(path, "y").prepare()


@pytest.mark.parametrize("bad", ["", "nan", "inf"])
@pytest.mark.parametrize("name", ["a", "y"])
def test_a_value_that_is_not_finite_is_named_by_column(make_csv, bad, name):
    cells = {"a": 1.5, "y": 0.25} | {name: bad}
    path = make_csv(["a", "y"], [[index, index + 0.5] for index in range(30)] + [list(cells.values())])
    with pytest.raises(DataError, match=rf"column '{name}' has 1 of 31 rows .first: line 32"):
        CSVDataModule(path, "y").prepare()


def test_a_target_of_text_is_no_quantity(make_csv):
    with pytest.raises(DataError, match="column 'y' in 40 of 40 rows"):
        CSVDataModule(make_csv(["a", "y"], column(["u", "v"] * 20)), "y", task="regression").prepare()


def test_a_row_without_a_class_is_counted(make_csv):
    path = make_csv(["a", "y"], column(["u", "v"] * 20 + ["", "?"]))
    with pytest.raises(DataError, match=r"got none in column 'y' in 2 of 42 rows .first: line 42."):
        CSVDataModule(path, "y").prepare()


def test_a_class_of_few_rows_is_named(make_csv):
    path = make_csv(["a", "y"], column(["u", "v"] * 20 + ["rare"]))
    with pytest.raises(DataError, match=r"got fewer of 'rare' \(1\); give more rows, merge classes"):
        CSVDataModule(path, "y", batch_size=8).prepare()


def test_a_batch_larger_than_the_training_split_is_refused(make_csv):
    with pytest.raises(DataError, match="batch_size of at most the 24 rows"):
        CSVDataModule(make_csv(["a", "y"], column(["u", "v"] * 20)), "y").prepare()
