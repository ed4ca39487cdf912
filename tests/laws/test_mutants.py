"""The judge against seeded mistakes: it notices every one, and says what it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from handgrad import laws
from handgrad.laws import CAUSES, LAWS
from laws.mutants import FAMILIES, MUTANTS, Family, Mutant

SLOW = {law.name for law in LAWS if law.slow}
TWO_PROCESSES = {law.name for law in LAWS if law.family == "distributed"}
"""What is judged in tests of its own."""

COVERED = [mutant for mutant in MUTANTS if mutant.cause]
UNNAMED: set[str] = set()
"""Mutants whose cause is in the catalogue and which the diagnosis takes for something else."""

over_mutants = pytest.mark.parametrize(
    "mutant", [pytest.param(m, marks=[pytest.mark.slow] * bool(SLOW & set(m.laws))) for m in MUTANTS], ids=str
)


@over_mutants
def test_the_judge_kills_and_names(mutant: Mutant, record_property: Callable[[str, object], None]) -> None:
    report = laws.check(mutant.fn, mutant.inputs(), oracle=mutant.oracle, laws=mutant.laws)
    covered, named = mutant.cause is not None, report.cause == mutant.cause
    record_property("mutant", (mutant.op, 1, int(not report.lawful), int(covered), int(covered and named)))
    assert set(mutant.laws) <= set(report.broken), [report.verdicts[name] for name in mutant.laws]
    assert report.diagnosis
    assert named or str(mutant) in UNNAMED, report.diagnosis


def test_nine_of_ten_causes_are_named() -> None:
    assert len(UNNAMED) <= 0.1 * len(COVERED)


def test_every_cause_has_a_mutant() -> None:
    assert {mutant.cause for mutant in COVERED} == set(CAUSES) - WITHOUT_MUTANT


WITHOUT_MUTANT = {"upstream_nonlinear"}
"""Causes that the mutants of our ops do not show, and that tests of the diagnosis do."""


def test_every_law_has_a_mutant() -> None:
    named = {name for mutant in MUTANTS for name in mutant.laws}
    assert {law.name for law in LAWS} - TWO_PROCESSES - named == set()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.op)
def test_the_right_twin_obeys_what_its_mutants_break(family: Family) -> None:
    broken_by_mutants = {name for mutant in family.mutants for name in mutant.laws} - SLOW
    cases = {mutant.inputs: mutant.inputs() for mutant in family.mutants}
    for inputs in cases.values():
        report = laws.check(family.twin, inputs, laws=broken_by_mutants)
        assert report.lawful, str(report)
        assert report.cause is None
        assert report.diagnosis == ()


def test_there_are_enough_of_them_and_each_says_what_was_done() -> None:
    assert len(MUTANTS) >= 60
    assert len({str(mutant) for mutant in MUTANTS}) == len(MUTANTS)
    assert all(mutant.mistake for mutant in MUTANTS)
