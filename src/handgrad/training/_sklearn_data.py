"""The real data sets that come with scikit-learn: nothing is downloaded."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.training._errors import near_matches
from handgrad.training._table_data import TableData, TableDataModule

# The name of each set and of the column to predict, which scikit-learn calls "target" in all of them.
_TARGETS = {
    "wine": "cultivar",
    "breast_cancer": "diagnosis",
    "digits": "digit",
    "iris": "species",
    "diabetes": "progression",
}
DATA_NAMES = tuple(_TARGETS)


class SklearnDataModule(TableDataModule):
    """One of scikit-learn's bundled data sets: wine, breast_cancer, digits, iris (classes), diabetes (regression).

    Values are in the units in which they were measured; diabetes too, whose default in scikit-learn is scaled.

    Args:
        name: Which set; see ``DATA_NAMES``.
        batch_size: Rows of a training step, of each process.
        validation_fraction: Part of the rows to choose the best epoch by.
        test_fraction: Part of the rows that is looked at in the end.
        seed: Decides the split and the order of the batches.

    Raises:
        ValueError: The name is unknown (the message lists the known ones), or another argument is out of its range.
        DataError: From ``prepare``: the batches are larger than the training split.
    """

    def __init__(
        self,
        name: str,
        batch_size: int = 32,
        validation_fraction: float = 0.2,
        test_fraction: float = 0.2,
        seed: int = 0,
    ) -> None:
        super().__init__(batch_size, validation_fraction, test_fraction, seed)
        if name not in _TARGETS:
            raise ValueError(
                f"SklearnDataModule: expected a name out of {', '.join(DATA_NAMES)}, got {name!r}."
                f"{near_matches(name, DATA_NAMES)}"
            )
        self._set = name

    @property
    def source(self) -> str:
        """The name of the set."""
        return f"{self._set} (scikit-learn)"

    def read(self) -> TableData:
        """Load the set from the installed scikit-learn."""
        bunch = _load(self._set)
        classes = [str(name) for name in bunch.target_names] if "target_names" in bunch else None
        return TableData(
            features=[str(name) for name in bunch.feature_names],
            x=np.asarray(bunch.data, dtype=np.float64),
            target=_TARGETS[self._set],
            y=np.asarray(bunch.target),
            classes=classes,
        )


def _load(name: str) -> Any:  # sklearn.utils.Bunch, which has no types
    from sklearn import datasets

    if name == "diabetes":
        return datasets.load_diabetes(scaled=False)
    return getattr(datasets, f"load_{name}")()
