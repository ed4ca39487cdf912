"""Rows with classes, as the experiments take them: standardised tensors that somebody else has read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Self

import torch
from torch import Tensor

from handgrad.explain.experiments._requirement import require

_TOLD = 8  # names of features in a message


@dataclass(frozen=True)
class ClassData:
    """Rows to train on and rows to test with, in float64.

    Attributes:
        x_train: standardised features, shape (rows, features).
        t_train: class indices, int64, shape (rows,).
        x_test: as ``x_train``.
        t_test: as ``t_train``.
        features: the names of the columns.
        classes: the names of the classes, in the order of their indices.

    Raises:
        ValueError: shapes, names or indices do not fit together.
    """

    x_train: Tensor
    t_train: Tensor
    x_test: Tensor
    t_test: Tensor
    features: Sequence[str]
    classes: Sequence[str]

    def __post_init__(self) -> None:
        for part in ("train", "test"):
            x, t = getattr(self, f"x_{part}"), getattr(self, f"t_{part}")
            columns = len(self.features)
            what = f"x_{part} of shape (rows, {columns}), with rows, as there are {columns} names of features"
            fits = x.ndim == 2 and x.shape[1] == columns and len(x) > 0
            require(fits, "ClassData", what, tuple(x.shape))
            what = f"t_{part} of one int64 index for each of the {len(x)} rows"
            require(t.shape == x.shape[:1] and t.dtype == torch.int64, "ClassData", what, (tuple(t.shape), t.dtype))
            least, most = int(t.min()), int(t.max())
            what = f"indices in 0 … {len(self.classes) - 1} in t_{part}"
            require(least >= 0 and most < len(self.classes), "ClassData", what, (least, most))
            object.__setattr__(self, f"x_{part}", x.double())

    def select(self, features: Sequence[str]) -> Self:
        """Return the same rows with these columns only, in this order.

        Raises:
            ValueError: a name is unknown (the message lists near matches), or given twice.
        """
        for name in features:
            if name not in self.features:
                near = get_close_matches(name, self.features, n=3)
                known = ", ".join(self.features[:_TOLD]) + (f" … ({len(self.features)})" * (len(self.features) > _TOLD))
                hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"the data have {known}"
                raise ValueError(f"ClassData.select: there is no feature {name!r}; {hint}")
        require(len(set(features)) == len(features), "ClassData.select", "different features", list(features))
        columns = [list(self.features).index(name) for name in features]
        return replace(self, x_train=self.x_train[:, columns], x_test=self.x_test[:, columns], features=list(features))
