"""Real rows for the experiments, as scripts/explain.py hands them over."""

from __future__ import annotations

import pytest

from handgrad.explain.experiments import ClassData
from handgrad.training import SklearnDataModule, Standardize


def standardised(name: str) -> ClassData:
    data = SklearnDataModule(name)
    scale = Standardize(data.in_features)
    scale.fit(data.train.x)
    train, test = data.train, data.test
    return ClassData(scale(train.x), train.y, scale(test.x), test.y, data.features, data.classes)


@pytest.fixture(scope="session")
def digits() -> ClassData:
    return standardised("digits")


@pytest.fixture(scope="session")
def wine() -> ClassData:
    return standardised("wine")
