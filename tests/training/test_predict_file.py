from __future__ import annotations

import csv

import pytest
import torch

from handgrad.nn import MLP
from handgrad.training import Classifier, DataError, Regressor, predict_file, read_rows, write_prediction


@pytest.fixture
def task():
    torch.manual_seed(0)
    return Classifier(MLP(2, [4], 2), ["white", "red"], ["age", "smell"])


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_columns_are_matched_by_name(task, make_csv, tmp_path):
    path = make_csv(["note", "smell", "age"], [["good", 0.8, 3], ["bad", 0.1, 7]])
    prediction = predict_file(task, path, tmp_path / "out" / "pred.csv")
    expected = task.predict_rows(torch.tensor([[3, 0.8], [7, 0.1]]))
    torch.testing.assert_close(prediction.probabilities, expected.probabilities)


def test_the_output_has_a_class_and_probabilities_that_sum_to_one_for_each_row(task, make_csv, tmp_path):
    out = tmp_path / "pred.csv"
    prediction = predict_file(task, make_csv(["age", "smell"], [[i, -i] for i in range(9)]), out)
    rows = read(out)
    assert list(rows[0]) == ["prediction", "probability_white", "probability_red"]
    assert [row["prediction"] for row in rows] == prediction.labels
    for row in rows:
        assert float(row["probability_white"]) + float(row["probability_red"]) == pytest.approx(1, abs=1e-15)


def test_a_regression_gives_values(make_csv, tmp_path):
    task = Regressor(MLP(1, [], 1), "price", ["age"])
    out = tmp_path / "pred.csv"
    prediction = predict_file(task, make_csv(["age"], [[1], [2]]), out)
    assert [float(row["prediction"]) for row in read(out)] == prediction.values.tolist()


def test_columns_to_keep_come_first(task, make_csv, tmp_path):
    out = tmp_path / "pred.csv"
    predict_file(task, make_csv(["age", "smell", "bottle"], [[1, 2, "a;1"], [3, 4, "b,2"]]), out, keep=["bottle"])
    assert [row["bottle"] for row in read(out)] == ["a;1", "b,2"]
    assert next(iter(read(out)[0])) == "bottle"


def test_a_missing_column_is_listed_and_nothing_is_written(task, make_csv, tmp_path):
    out = tmp_path / "pred.csv"
    with pytest.raises(DataError, match=r"missing: 'smell' Did you mean 'smel'\?"):
        predict_file(task, make_csv(["age", "smel"], [[1, 2]]), out)
    assert not out.exists()


@pytest.mark.parametrize(
    ("cell", "message"), [("x", "column 'smell' in 1 of 2 rows"), ("nan", "column 'smell' has 1 of 2")]
)
def test_cells_that_are_not_finite_numbers_are_named(task, make_csv, tmp_path, cell, message):
    with pytest.raises(DataError, match=message):
        predict_file(task, make_csv(["age", "smell"], [[1, 2], [3, cell]]), tmp_path / "pred.csv")


def test_text_in_a_column_that_is_not_a_feature_does_not_matter(make_csv):
    rows = read_rows(make_csv(["a", "name", "b"], [[1, "x", 2]]), ["b", "a"])
    assert rows.tolist() == [[2, 1]]
    assert rows.dtype == torch.float32


def test_a_file_without_rows_is_refused(make_csv):
    with pytest.raises(DataError, match="expected rows below the header, got none"):
        read_rows(make_csv(["a"], []), ["a"])


def test_an_output_is_replaced_as_a_whole(task, tmp_path):
    out = tmp_path / "pred.csv"
    out.write_text("old")
    write_prediction(task.predict_rows(torch.zeros(1, 2)), out)
    assert len(read(out)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["pred.csv"]
