"""The judge finds nothing wrong with torch's own functions but what is wrong with them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from handgrad import laws
from laws.torch_functions import FUNCTIONS, Entry
from laws.torch_functions.mistakes import MISTAKES, expected_of

IN_FLOAT32 = ("reverse", "forward", "adjoint", "dtypes", "integrity")
"""Families for float32 inputs; torch's functions take float64, in which the others judge float32 inputs too."""

WHOLLY = 10
"""Every tenth function is judged by all families in float32 too: for all there is no time."""

WIDE = torch.float64

over_functions = pytest.mark.parametrize("entry", FUNCTIONS, ids=str)


def test_the_table_is_large_and_its_names_are_unique() -> None:
    names = [entry.name for entry in FUNCTIONS]
    assert len(names) >= 300
    assert len(set(names)) == len(names)
    assert {name for mistake in MISTAKES for name in mistake.functions} <= set(names)


def test_every_mistake_is_shown_without_the_judge() -> None:
    pages = Path(__file__).with_name("mistakes_of_torch").glob("test_*.py")
    shown = {name for page in pages for name in re.findall(r"^def test_(\w+)", page.read_text("utf-8"), re.M)}
    assert {mistake.shown_by for mistake in MISTAKES} == shown


@over_functions
def test_nothing_else_is_broken_in_float64(entry: Entry) -> None:
    report = laws.check(entry.function(WIDE), entry.inputs(WIDE), kwargs=entry.kwargs)
    assert set(report.broken) <= expected_of(entry.name), str(report)


@pytest.mark.parametrize(
    ("entry", "families"),
    [pytest.param(e, None if n % WHOLLY == 0 else IN_FLOAT32, id=str(e)) for n, e in enumerate(FUNCTIONS)],
)
def test_nothing_else_is_broken_in_float32(entry: Entry, families: tuple[str, ...] | None) -> None:
    narrow = torch.float32
    report = laws.check(entry.function(narrow), entry.inputs(narrow), kwargs=entry.kwargs, laws=families)
    assert set(report.broken) <= expected_of(entry.name), str(report)
