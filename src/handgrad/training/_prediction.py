"""What a trained model says about rows, in the words of the table."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass
class ClassPrediction:
    """Classes of rows.

    Attributes:
        classes: The names of the classes.
        probabilities: One for each row and class, float64, shape (rows, classes); each row sums to 1. Of an ensemble: the mean
            of its members'.
        members: Of an ensemble: the probabilities of each member, shape (members, rows, classes); else ``None``.
    """

    classes: list[str]
    probabilities: Tensor
    members: Tensor | None = None

    @property
    def labels(self) -> list[str]:
        """The most probable class of each row."""
        return [self.classes[index] for index in self.probabilities.argmax(dim=1).tolist()]

    @property
    def spread(self) -> Tensor | None:
        """The standard deviation of each probability over the members of an ensemble, shape (rows, classes)."""
        return _spread(self.members)

    @property
    def agreement(self) -> Tensor | None:
        """The part of the members of an ensemble that vote for the predicted class, shape (rows,)."""
        if self.members is None:
            return None
        return (self.members.argmax(dim=2) == self.probabilities.argmax(dim=1)).double().mean(dim=0)

    def columns(self) -> dict[str, list[str] | list[float]]:
        """Return the columns of a table: ``prediction``, then ``probability_<class>`` for each class.

        Of an ensemble ``spread_<class>`` for each class and ``agreement`` follow.
        """
        table: dict[str, list[str] | list[float]] = {"prediction": self.labels}
        for name, column in zip(self.classes, self.probabilities.T.tolist(), strict=True):
            table[f"probability_{name}"] = column
        if self.spread is not None and self.agreement is not None:
            for name, column in zip(self.classes, self.spread.T.tolist(), strict=True):
                table[f"spread_{name}"] = column
            table["agreement"] = self.agreement.tolist()
        return table


@dataclass
class ValuePrediction:
    """Values of rows.

    Attributes:
        target: The name of the target.
        values: In the target's own units, float64, shape (rows,). Of an ensemble: the mean of its members'.
        members: Of an ensemble: the values of each member, shape (members, rows); else ``None``.
    """

    target: str
    values: Tensor
    members: Tensor | None = None

    @property
    def spread(self) -> Tensor | None:
        """The standard deviation over the members of an ensemble, in the target's own units, shape (rows,)."""
        return _spread(self.members)

    def columns(self) -> dict[str, list[str] | list[float]]:
        """Return the column of a table: ``prediction``; of an ensemble ``spread``, too."""
        table: dict[str, list[str] | list[float]] = {"prediction": self.values.tolist()}
        if self.spread is not None:
            table["spread"] = self.spread.tolist()
        return table


def _spread(members: Tensor | None) -> Tensor | None:
    """The standard deviation over the members: they are all there are, so it divides by their number."""
    return None if members is None else members.std(dim=0, correction=0)


Prediction = ClassPrediction | ValuePrediction
