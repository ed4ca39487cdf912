"""Rows divided into training, validation and test by seed; for classes, each part has the classes of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from torch import Tensor

from handgrad.training._errors import DataError

Indices = npt.NDArray[np.int64]
_PARTS = 3


class Split(NamedTuple):
    """Rows of a table: raw features and targets.

    Attributes:
        x: Features in the table's own units, float32, shape (rows, features).
        y: Class indices, int64, or values in the target's own units, float32; shape (rows,).
    """

    x: Tensor
    y: Tensor


def check_fractions(who: str, validation_fraction: float, test_fraction: float) -> None:
    """Raise ValueError unless both fractions are positive and leave rows for training."""
    if not (validation_fraction > 0 and test_fraction > 0 and validation_fraction + test_fraction < 1):
        raise ValueError(
            f"{who}: expected validation_fraction and test_fraction above 0 with a sum below 1, "
            f"got {validation_fraction} and {test_fraction}"
        )


def split_indices(
    who: str,
    y: npt.NDArray[np.generic],
    classes: Sequence[str] | None,
    validation_fraction: float,
    test_fraction: float,
    seed: int,
) -> tuple[Indices, Indices, Indices]:
    """Return the rows of the training, validation and test split.

    Args:
        who: The first words of an error.
        y: Class indices or values, shape (rows,).
        classes: The names of the classes: the split is stratified. ``None``: it is not.
        validation_fraction: Part of all rows that goes into the validation split, rounded.
        test_fraction: Part of all rows that goes into the test split, rounded.
        seed: The same seed gives the same split.

    Raises:
        DataError: A class, or the table, has too few rows.
    """
    from sklearn.model_selection import train_test_split

    sizes = round(len(y) * validation_fraction), round(len(y) * test_fraction)
    _check_sizes(who, y, classes, sizes)
    labels = None if classes is None else y
    try:
        rest, test = train_test_split(np.arange(len(y)), test_size=sizes[1], stratify=labels, random_state=seed)
        labels = None if labels is None else labels[rest]
        train, validation = train_test_split(rest, test_size=sizes[0], stratify=labels, random_state=seed)
    except ValueError as error:
        raise DataError(f"{who}: {len(y)} rows cannot be split by class: {error}") from None
    return np.sort(train), np.sort(validation), np.sort(test)


def _check_sizes(who: str, y: npt.NDArray[np.generic], classes: Sequence[str] | None, sizes: tuple[int, int]) -> None:
    if classes is not None:
        _check_classes(who, y, classes)
    fewest = 2 if classes is None else len(classes)
    if min(*sizes, len(y) - sum(sizes)) < fewest:
        raise DataError(
            f"{who}: expected at least {fewest} rows in each of the training, validation and test splits, got "
            f"{len(y) - sum(sizes)}, {sizes[0]} and {sizes[1]} of {len(y)} rows; give more rows or other fractions"
        )


def _check_classes(who: str, y: npt.NDArray[np.generic], classes: Sequence[str]) -> None:
    if len(classes) < 2:
        raise DataError(f"{who}: expected at least 2 classes in the target, got only {', '.join(map(repr, classes))}")
    counts = np.bincount(y.astype(np.int64), minlength=len(classes))
    few = [f"{name!r} ({count})" for name, count in zip(classes, counts.tolist(), strict=True) if count < _PARTS]
    if few:
        shown = ", ".join(few[:5]) + (f" and {len(few) - 5} more" if len(few) > 5 else "")
        raise DataError(
            f"{who}: expected at least {_PARTS} rows of every class (training, validation, test), got fewer of "
            f"{shown}; give more rows, merge classes, or say task='regression' if the target is a quantity"
        )
