"""Match what is broken against the catalogue.

Order           From the specific to the general, so that the first match is the one to name:
                1. the value, where there is an oracle
                2. what backward returns, before its numbers: how many gradients, of which shape
                3. the numbers of an ordinary gradient, tensor by tensor: how they depend on the upstream gradient, then factors,
                   structure, masks, formulas
                4. where those are right: what the function does to the caller's tensors and to itself, layouts, dtypes, the second
                   derivative, forward mode, batches, accuracy, what is kept
                5. nothing known: which entries are wrong, by what pattern, or what the first broken law says
Black box       Every matcher runs the function and looks; none reads its code.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from handgrad.laws._subject import Subject
from handgrad.laws._verdict import Status, Verdict
from handgrad.laws.diagnosis import (
    _accuracy,
    _conduct,
    _contract,
    _factors,
    _formula,
    _layout,
    _masks,
    _modes,
    _order,
    _patterns,
    _reading,
    _structure,
    _upstream_use,
    _value,
)
from handgrad.laws.diagnosis._causes import CAUSES
from handgrad.laws.diagnosis._matcher import ConductMatcher, SlotMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._views import Slot

SECONDS = 2.0

BEFORE_NUMBERS: tuple[ConductMatcher, ...] = (*_conduct.BEFORE_NUMBERS, *_value.MATCHERS, *_contract.MATCHERS)
NUMBERS: tuple[SlotMatcher, ...] = (
    *_upstream_use.MATCHERS,
    *_factors.MATCHERS,
    _formula.CONSTANT_TERM,
    *_structure.MATCHERS,
    _upstream_use.COLLAPSED,
    *_masks.MATCHERS,
    *_formula.MATCHERS,
)
AFTER_NUMBERS: tuple[ConductMatcher, ...] = (
    *_conduct.MATCHERS,
    *_layout.MATCHERS,
    *_reading.MATCHERS,
    *_contract.CONDUCT,
    *_order.MATCHERS,
    *_modes.MATCHERS,
    *_conduct.KEEPING,
    *_accuracy.MATCHERS,
    _modes.AUTOCAST,
)

Diagnosis = tuple[str | None, tuple[str, ...]]
T = TypeVar("T")


def diagnose(subjects: Sequence[Subject], verdicts: Mapping[str, Verdict]) -> Diagnosis:
    """Name the cause of what is broken.

    Args:
        subjects: the function, with every case.
        verdicts: what the laws said.

    Returns:
        The key of the cause in `CAUSES`, None where nothing known explains it; and sentences: the evidence, then what the mistake
        is and what to do. Empty where nothing is broken. Never raises.
    """
    broken = [verdict for verdict in verdicts.values() if verdict.status is Status.BROKEN]
    if not broken:
        return None, ()
    subject = next((one for one in subjects if one.case.name == broken[0].case), subjects[0])
    try:
        found = _named(Observations(subject, verdicts), time.thread_time() + SECONDS)
    except Exception:
        found = None, ()
    return found if found[1] else (None, (f"{broken[0].law}: {broken[0].sentence}",))


def _named(seen: Observations, deadline: float) -> Diagnosis:
    for cause, evidence in _matches(BEFORE_NUMBERS, seen, deadline):
        return cause, (evidence, CAUSES[cause])
    if seen.wrong:
        return _of_numbers(seen, deadline)
    for cause, evidence in _matches(AFTER_NUMBERS, seen, deadline):
        return cause, (evidence, CAUSES[cause])
    return None, ()


def _of_numbers(seen: Observations, deadline: float) -> Diagnosis:
    """The cause of the first wrong gradient that has a known one; a sentence for each."""
    causes: list[str] = []
    sentences: list[str] = []
    for slot in seen.wrong:
        cause, evidence = _of_slot(slot, seen, deadline)
        sentences.append(evidence)
        causes += [cause] if cause else []
    known = list(dict.fromkeys(causes))
    return (known[0] if known else None), (*sentences, *(CAUSES[cause] for cause in known))


def _of_slot(slot: Slot, seen: Observations, deadline: float) -> tuple[str | None, str]:
    for matcher in NUMBERS:
        if time.thread_time() > deadline:
            break
        evidence = _quietly(matcher, slot, seen)
        if evidence:
            return matcher.cause, evidence
    return None, _patterns.describe(slot)


def _matches(matchers: Iterable[ConductMatcher], seen: Observations, deadline: float) -> Iterable[tuple[str, str]]:
    for matcher in matchers:
        if time.thread_time() > deadline:
            return
        evidence = _quietly(matcher, seen)
        if evidence:
            yield matcher.cause, evidence


def _quietly(matcher: SlotMatcher | ConductMatcher, *looked_at: object) -> str | None:
    """What a matcher finds; nothing where the function cannot be looked at in that way."""
    try:
        return matcher.find(*looked_at)
    except Exception:
        return None
