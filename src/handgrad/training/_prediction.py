"""What a trained model says about rows, in the words of the table."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass
class ClassPrediction:
    """Classes of rows.

    Attributes:
        classes: The names of the classes.
        probabilities: One for each row and class, float64, shape (rows, classes); each row sums to 1.
    """

    classes: list[str]
    probabilities: Tensor

    @property
    def labels(self) -> list[str]:
        """The most probable class of each row."""
        return [self.classes[index] for index in self.probabilities.argmax(dim=1).tolist()]

    def columns(self) -> dict[str, list[str] | list[float]]:
        """Return the columns of a table: ``prediction``, then ``probability_<class>`` for each class."""
        table: dict[str, list[str] | list[float]] = {"prediction": self.labels}
        for name, column in zip(self.classes, self.probabilities.T.tolist(), strict=True):
            table[f"probability_{name}"] = column
        return table


@dataclass
class ValuePrediction:
    """Values of rows.

    Attributes:
        target: The name of the target.
        values: In the target's own units, float64, shape (rows,).
    """

    target: str
    values: Tensor

    def columns(self) -> dict[str, list[str] | list[float]]:
        """Return the column of a table: ``prediction``."""
        return {"prediction": self.values.tolist()}


Prediction = ClassPrediction | ValuePrediction
