"""Match what is broken against the catalogue.

Order           From the specific to the general, so that the first match is the one to name:
                1. what would make numbers mean nothing: chance, arguments written over, the value, the shapes that backward returns
                2. the numbers of an ordinary gradient, tensor by tensor: how they depend on the upstream gradient, then factors,
                   structure, masks, formulas
                3. where those are right: what is done to the caller's tensors, repetition, layouts, dtypes, the second derivative,
                   forward mode, batches, what is kept, accuracy, autocast
                4. nothing known: which entries are wrong, by what pattern, or what the first broken law says
Black box       Every matcher runs the function and looks; none reads its code.
Cost            Matchers are not timed: what they may look at is bounded by counts, so that a slow machine names the same cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from handgrad.laws._subject import Subject
from handgrad.laws._verdict import Status, Verdict
from handgrad.laws.diagnosis import (
    _accuracy,
    _asking,
    _conduct,
    _contract,
    _factors,
    _formula,
    _layout,
    _masks,
    _modes,
    _order,
    _patterns,
    _repetition,
    _structure,
    _upstream_use,
    _value,
)
from handgrad.laws.diagnosis._causes import CAUSES
from handgrad.laws.diagnosis._matcher import ConductMatcher, SlotMatcher
from handgrad.laws.diagnosis._observations import Observations
from handgrad.laws.diagnosis._wording import sentence

BEFORE_NUMBERS: tuple[ConductMatcher, ...] = (
    _repetition.NONDETERMINISTIC,
    _conduct.INPUTS,
    *_value.MATCHERS,
    *_contract.MATCHERS,
)
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
    *_repetition.MATCHERS,
    _conduct.GRAD,
    *_layout.MATCHERS,
    _contract.DTYPE,
    *_asking.MATCHERS,
    *_order.MATCHERS,
    *_modes.MATCHERS,
    _order.KEEPING,
    *_accuracy.MATCHERS,
    _modes.AUTOCAST,
)

Diagnosis = tuple[str | None, tuple[str, ...]]
Look = tuple[str, Callable[[], str | None]]
"""A cause, and how to look for it."""


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
        with subject.at_rest():
            cause, sentences = _found(Observations(subject.apart(), verdicts))
    except Exception:  # the function cannot even be looked at
        cause, sentences = None, ()
    return cause, sentences or (sentence(f"{broken[0].law}: {broken[0].sentence}"),)


def _found(seen: Observations) -> Diagnosis:
    before = _first(_looks(BEFORE_NUMBERS, seen))
    if before is None and seen.wrong:
        return _of_numbers(seen)
    found = before or _first(_looks(AFTER_NUMBERS, seen))
    return (None, ()) if found is None else (found[0], (sentence(found[1]), CAUSES[found[0]]))


def _of_numbers(seen: Observations) -> Diagnosis:
    """The cause of the first wrong gradient that has a known one; a sentence for each wrong gradient, then for each cause."""
    causes, sentences = dict[str, None](), []
    for slot in seen.wrong:
        found = _first([(matcher.cause, partial(matcher.find, slot, seen)) for matcher in NUMBERS])
        sentences.append(sentence(found[1] if found else _patterns.described(slot)))
        causes |= {found[0]: None} if found else {}
    return next(iter(causes), None), (*sentences, *(CAUSES[cause] for cause in causes))


def _looks(matchers: Iterable[ConductMatcher], seen: Observations) -> list[Look]:
    return [(matcher.cause, partial(matcher.find, seen)) for matcher in matchers]


def _first(looks: Iterable[Look]) -> tuple[str, str] | None:
    """The first cause for which there is evidence, with the evidence."""
    for cause, look in looks:
        evidence = _quietly(look)
        if evidence:
            return cause, evidence
    return None


def _quietly(look: Callable[[], str | None]) -> str | None:
    """What there is to see; nothing where the function does not take being looked at in that way."""
    try:
        return look()
    except Exception:
        return None
