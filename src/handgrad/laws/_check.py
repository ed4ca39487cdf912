"""Judge a function."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import torch

from handgrad.laws._case import Inputs, cases_of
from handgrad.laws._judgeable import judgeable
from handgrad.laws._law import Law
from handgrad.laws._name import name_of
from handgrad.laws._report import Report
from handgrad.laws._snippet import with_snippets
from handgrad.laws._subject import Subject
from handgrad.laws._time_limit import TimeLimitError
from handgrad.laws._time_limit import time_limit as limited
from handgrad.laws._trial import TIME_LIMIT, try_law
from handgrad.laws._verdict import Status, Verdict
from handgrad.laws.diagnosis import diagnose
from handgrad.laws.families import LAWS


def check(
    fn: Callable[..., Any],
    inputs: Inputs,
    *,
    kwargs: Mapping[str, Any] | None = None,
    oracle: Callable[..., Any] | None = None,
    laws: Collection[str] | str | None = None,
    waive: Mapping[str, str] | None = None,
    strict: bool = False,
    seed: int = 0,
    time_limit: float | None = None,
) -> Report:
    """Judge whether ``fn`` obeys the laws of a differentiable function.

    Args:
        fn: any callable of tensors: ``Function.apply``, a function around it, a module, a custom op, a compiled function.
        inputs: the arguments: a tensor, a sequence of arguments, a `Case`; or an iterator or list of cases.
        kwargs: keyword arguments of every case.
        oracle: a function of the same arguments that is known to be right.
        laws: the names of laws or families to try; "all"; None for all that are not slow.
        waive: law or family to the reason why it need not hold (a declared surrogate gradient, say); the report shows it.
        strict: demand everything that the canonical form offers: what is not offered then counts as broken.
        seed: for everything that is drawn.
        time_limit: seconds that a law may take for a case, and the diagnosis; None: 60, and 600 for a law that is slow by nature.

    Raises:
        ValueError: an unknown law, a waiver without a reason, no case.
        CallError: ``fn`` cannot be called with such arguments, or returns nothing that has a gradient.
    """
    chosen = choose(laws)
    reasons = reasons_of(waive or {})
    subjects = [judgeable(fn, oracle, case, seed, time_limit) for case in cases_of(inputs, kwargs or {})]
    verdicts = {
        law.name: _judge(
            law, subjects, law in chosen, reasons.get(law.name, reasons.get(law.family)), strict, time_limit
        )
        for law in LAWS
    }
    cause, sentences = _explained(subjects, verdicts, TIME_LIMIT if time_limit is None else time_limit)
    notes = tuple(dict.fromkeys(note for subject in subjects for note in subject.notes))
    return Report(name_of(fn), with_snippets(subjects, verdicts, strict), cause, sentences, notes, strict)


def _explained(
    subjects: list[Subject], verdicts: Mapping[str, Verdict], seconds: float
) -> tuple[str | None, tuple[str, ...]]:
    """The diagnosis, which calls the function again: it may hang, warn and draw, as in a law."""
    try:
        with warnings.catch_warnings(), torch.random.fork_rng(), limited(seconds):
            warnings.simplefilter("ignore")
            return diagnose(subjects, verdicts)
    except TimeLimitError:
        return None, (f"The diagnosis did not end within {seconds:g} s.",)


def choose(laws: Collection[str] | str | None) -> tuple[Law, ...]:
    """The laws by names of laws or families; None: all that are not slow; "all": all.

    Raises:
        ValueError: a name is unknown; the message lists the known ones.
    """
    if laws is None:
        return tuple(law for law in LAWS if not law.slow)
    wanted = [laws] if isinstance(laws, str) else list(laws)
    _require_known("laws", wanted, [*names(), "all"])
    return tuple(law for law in LAWS if "all" in wanted or law.name in wanted or law.family in wanted)


def names() -> list[str]:
    """The names of all laws, then of all families."""
    return [*(law.name for law in LAWS), *dict.fromkeys(law.family for law in LAWS)]


def reasons_of(waive: Mapping[str, str]) -> dict[str, str]:
    """The waivers by law or family.

    Raises:
        ValueError: a name is unknown, or has no reason.
    """
    _require_known("waive", list(waive), names())
    for name, reason in waive.items():
        if not isinstance(reason, str) or not reason.strip():
            raise ValueError(f"laws.check: waive must say why {name} need not hold, got {reason!r}")
    return dict(waive)


def _require_known(what: str, given: list[str], known: list[str]) -> None:
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ValueError(f"laws.check: {what} must be among {', '.join(known)}; got {', '.join(map(repr, unknown))}")


def _judge(
    law: Law, subjects: list[Subject], chosen: bool, reason: str | None, strict: bool, time_limit: float | None
) -> Verdict:
    """The verdict over all cases: the first that is broken, else the most telling."""
    if reason is not None:
        return Verdict(law.name, Status.WAIVED, reason)
    if not chosen:
        return Verdict(law.name, Status.NOT_TRIED, "slow; choose it by name" if law.slow else "not chosen")
    found = []
    for subject in subjects:
        found.append(try_law(law, subject, time_limit))
        if found[-1].status is Status.BROKEN:
            return found[-1]
    order = [Status.HOLDS, Status.NOT_OFFERED, Status.NOT_APPLICABLE]
    verdict = min(found, key=lambda v: (order.index(v.status), not v.sentence))
    if strict and law.offered and verdict.status is Status.NOT_OFFERED:
        return replace(verdict, status=Status.BROKEN)
    return verdict
