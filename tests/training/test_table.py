from __future__ import annotations

import numpy as np
import pytest

from handgrad.training import DataError, match_columns
from handgrad.training._table import numbers, read_table


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_table_is_read_whatever_separates_its_cells(tmp_path, separator, newline):
    text = newline.join(separator.join(cells) for cells in (["a", "b"], ["1", " 2.5 "], ["-3e2", "4"]))
    table = read_table(write(tmp_path / "t.csv", text + newline))
    assert table.header == ["a", "b"]
    np.testing.assert_array_equal(numbers(table, ["b", "a"]), [[2.5, 1], [4, -300]])


def test_a_byte_order_mark_is_not_part_of_the_first_name(tmp_path):
    assert read_table(write(tmp_path / "t.csv", "a,b\n1,2\n", "utf-8-sig")).header == ["a", "b"]


def test_quoted_names_may_hold_the_separator_and_lines_are_counted_as_an_editor_counts(tmp_path):
    table = read_table(write(tmp_path / "t.csv", '"a, in m",b\n\n1,2\n"3",x\n'))
    assert table.header == ["a, in m", "b"]
    with pytest.raises(DataError, match=r"column 'b' in 1 of 2 rows \(first: 'x' in line 4\)"):
        numbers(table, ["b"])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"expected a CSV file at .*none\.csv.*found nothing"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(FileNotFoundError, match="found a directory"):
        read_table(tmp_path)


@pytest.mark.parametrize("text", ["", "\n\n", "  \n"])
def test_an_empty_file_is_refused(tmp_path, text):
    with pytest.raises(DataError, match="expected a header line and rows, got an empty file"):
        read_table(write(tmp_path / "t.csv", text))


def test_duplicate_names_are_refused_by_name(tmp_path):
    with pytest.raises(DataError, match="expected different column names, got 'a', 'b' repeated"):
        read_table(write(tmp_path / "t.csv", "a,b,a,b,c\n1,2,3,4,5\n"))


def test_a_column_without_a_name_is_refused_by_position(tmp_path):
    with pytest.raises(DataError, match="expected a name for every column, got none for column 2"):
        read_table(write(tmp_path / "t.csv", "a,,c\n1,2,3\n"))


def test_a_row_of_another_length_is_refused_by_line(tmp_path):
    with pytest.raises(DataError, match="expected 2 cells in every row, as in the header, got 3 in line 3"):
        read_table(write(tmp_path / "t.csv", "a,b\n1,2\n1,2,3\n"))


def test_bytes_that_are_not_text_are_refused(tmp_path):
    with pytest.raises(DataError, match="expected UTF-8 text"):
        read_table(write(tmp_path / "t.csv", "ä,b\n1,2\n", "latin-1"))


def test_every_column_of_text_is_named_with_its_rows(tmp_path):
    table = read_table(write(tmp_path / "t.csv", "a,b,c\n1,x,y\n2,3,z\n"))
    with pytest.raises(
        DataError, match=r"column 'b' in 1 of 2 rows.*column 'c' in 2 of 2 rows.*'y' in line 2"
    ) as error:
        numbers(table, ["a", "b", "c"])
    assert "'a'" not in str(error.value)


@pytest.mark.parametrize("cell", ["", "nan", "NaN", "inf", "-Infinity", "NA", "n/a", "?", "null", "1e39", "1e999"])
def test_values_that_are_missing_or_not_finite_are_counted_by_column(tmp_path, cell):
    table = read_table(write(tmp_path / "t.csv", f"a,b\n1,2\n3,{cell}\n4,{cell}\n"))
    with pytest.raises(
        DataError, match=r"column 'b' has 2 of 3 rows \(first: line 3\).*Fill these cells or drop"
    ) as error:
        numbers(table, ["a", "b"])
    assert "'a'" not in str(error.value)


def test_columns_are_matched_by_name_in_any_order_beside_others():
    assert match_columns(["id", "b", "a"], ["a", "b"]) == [2, 1]


def test_missing_columns_are_listed_with_near_matches():
    with pytest.raises(DataError, match=r"missing: 'alcohol' Did you mean 'Alcohol'\?; 'hue'\. The table has") as error:
        match_columns(["Alcohol", "magnesium"], ["alcohol", "magnesium", "hue"])
    assert "2 columns" not in str(error.value)


def test_a_cell_that_is_no_cell_is_refused_by_line(tmp_path):
    with pytest.raises(DataError, match=r"expected CSV, got a malformed line 2: field larger"):
        read_table(write(tmp_path / "t.csv", "a,b\n1," + "9" * 200_000 + "\n"))
