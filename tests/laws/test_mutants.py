"""The judge against seeded mistakes: it notices every one, and says what it is."""

from __future__ import annotations

import pytest

from handgrad import laws
from handgrad.laws import LAWS, Report
from laws.mutants import MUTANTS, Mutant

NAMED = 0.9

SLOW = {law.name for law in LAWS if law.slow}

over_mutants = pytest.mark.parametrize(
    "mutant",
    [pytest.param(m, marks=pytest.mark.slow) if SLOW & set(m.laws) else m for m in MUTANTS],
    ids=str,
)


def judged(mutant: Mutant) -> Report:
    return laws.check(mutant.fn, mutant.inputs(), oracle=mutant.oracle, laws=mutant.laws)


@over_mutants
def test_the_judge_kills(mutant: Mutant) -> None:
    report = judged(mutant)
    assert set(report.broken) == set(mutant.laws), {name: report.verdicts[name] for name in mutant.laws}
    assert report.cause == mutant.cause or mutant in UNNAMED, report.diagnosis
    assert report.diagnosis


UNNAMED: list[Mutant] = []
"""Mutants of the catalogue that the diagnosis takes for something else."""


def test_the_catalogue_is_named() -> None:
    covered = [mutant for mutant in MUTANTS if mutant.cause]
    assert len(covered) - len(UNNAMED) >= NAMED * len(covered)
