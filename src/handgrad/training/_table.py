"""A CSV file as a header and rows of text, and its columns as finite numbers.

Everything that can be wrong with a user's table is found here and said with the name of the column and the line.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from handgrad.training._errors import DataError, near_matches

# Spellings of "no value" that tables in the wild use; they count as missing, not as text.
_MISSING = frozenset({"", "na", "n/a", "null", "none", "?"})
_BLOCK = 65_536  # rows that are looked at at a time: a table may be too large to be copied as a whole
_DELIMITERS = (",", ";", "\t")
_FLOAT32_MAX = float(np.finfo(np.float32).max)


class Table(NamedTuple):
    """The cells of a CSV file: all rows have one cell for each name of the header."""

    source: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]

    def column(self, name: str) -> list[str]:
        """Return the cells of one column, stripped of surrounding blanks."""
        index = self.header.index(name)
        return [row[index].strip() for row in self.rows]


def read_table(path: str | Path, delimiter: str | None = None) -> Table:
    """Read a CSV file with a header line.

    Args:
        path: The file, UTF-8, with or without a byte order mark.
        delimiter: What separates the cells; ``None`` takes the one of ``, ; tab`` that the header has most of.

    Raises:
        FileNotFoundError: There is no file.
        DataError: The file is empty, not text, or has duplicate or missing column names or rows of another length.
    """
    path = Path(path)
    if not path.is_file():
        found = "a directory" if path.is_dir() else "nothing"
        raise FileNotFoundError(f"expected a CSV file at {str(path)!r}, found {found}; check the path")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: expected UTF-8 text, got byte {error.start} of another kind; save it as UTF-8"
        ) from None
    header, rows, lines = _cells(text, delimiter, path)
    _check_header(header, path)
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(header):
            raise DataError(
                f"{path}: expected {len(header)} cells in every row, as in the header, got {len(row)} in line {line}"
            )
    return Table(str(path), header, rows, lines)


def numbers(table: Table, columns: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return columns as finite numbers, shape ``(rows, columns)``.

    Raises:
        DataError: Naming every column that holds text, or every column with missing, NaN or infinite values,
            with the number of rows.
    """
    parsed = [[_number(cell) for cell in table.column(name)] for name in columns]
    texts = [_text_complaint(table, name, cells) for name, cells in zip(columns, parsed, strict=True) if None in cells]
    if texts:
        raise DataError(
            f"{table.source}: expected numbers in every column that is used, got text: {'; '.join(texts)}. "
            "Encode these columns as numbers or leave them out of the table"
        )
    values = np.array(parsed, dtype=np.float64).T.reshape(len(table.rows), len(columns))
    check_finite(values, columns, table.source, table.lines)
    return values


def check_finite(
    values: npt.NDArray[np.floating[Any]], columns: Sequence[str], source: str, lines: Sequence[int] | None = None
) -> None:
    """Raise DataError naming the columns of ``values`` (rows, columns) that hold values which float32 cannot.

    Args:
        values: The numbers.
        columns: The names of the columns.
        source: Where the numbers come from, the first words of the message.
        lines: The line of the file of each row; without it rows are counted from 1.
    """
    if all(_finite(values[start : start + _BLOCK]).all() for start in range(0, len(values), _BLOCK)):
        return
    bad = ~_finite(values)
    place, at = ("line", lines) if lines is not None else ("row", range(1, len(values) + 1))
    complaints = [
        f"column {name!r} has {int(flags.sum())} of {len(values)} rows (first: {place} {at[int(flags.argmax())]})"
        for name, flags in zip(columns, bad.T, strict=True)
        if flags.any()
    ]
    raise DataError(
        f"{source}: expected finite numbers, got missing, NaN or infinite values: {'; '.join(complaints)}. "
        "Fill these cells or drop the rows"
    )


def _finite(values: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.bool_]:
    finite: npt.NDArray[np.bool_] = np.abs(values) <= _FLOAT32_MAX  # the comparison is False for NaN too
    return finite


def match_columns(header: Sequence[str], features: Sequence[str], source: str = "match_columns") -> list[int]:
    """Return where each feature stands in a header, whatever the order; further columns are allowed.

    Raises:
        DataError: Listing the features that the header lacks, with near matches.
    """
    positions = {name: index for index, name in enumerate(header)}
    missing = [name for name in features if name not in positions]
    if missing:
        named = "; ".join(f"{name!r}{near_matches(name, header)}" for name in missing)
        raise DataError(
            f"{source}: expected the {len(features)} columns that the model was trained on, missing: {named}. "
            f"The table has {', '.join(map(repr, header))}"
        )
    return [positions[name] for name in features]


def _cells(text: str, delimiter: str | None, path: Path) -> tuple[list[str], list[list[str]], list[int]]:
    first = text.lstrip("\r\n").partition("\n")[0]
    if not first.strip():
        raise DataError(f"{path}: expected a header line and rows, got an empty file")
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter or max(_DELIMITERS, key=first.count))
    try:
        numbered = [(row, reader.line_num) for row in reader if row]
    except csv.Error as error:
        raise DataError(f"{path}: expected CSV, got a malformed line {reader.line_num}: {error}") from None
    (header, _), *body = numbered
    return [name.strip() for name in header], [row for row, _ in body], [line for _, line in body]


def _check_header(header: list[str], path: Path) -> None:
    unnamed = [str(index) for index, name in enumerate(header, start=1) if not name]
    if unnamed:
        raise DataError(f"{path}: expected a name for every column, got none for column {', '.join(unnamed)}")
    repeated = [repr(name) for name, count in Counter(header).items() if count > 1]
    if repeated:
        raise DataError(f"{path}: expected different column names, got {', '.join(repeated)} repeated; rename them")


def _number(cell: str) -> float | None:
    """Return the number in a cell, NaN for a missing one, None for text."""
    try:
        return float(cell)
    except ValueError:
        return math.nan if cell.casefold() in _MISSING else None


def _text_complaint(table: Table, name: str, parsed: list[float | None]) -> str:
    first = parsed.index(None)
    return (
        f"column {name!r} in {parsed.count(None)} of {len(parsed)} rows "
        f"(first: {table.column(name)[first]!r} in line {table.lines[first]})"
    )
