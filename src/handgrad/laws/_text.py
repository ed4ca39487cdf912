"""A report as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handgrad.laws._verdict import Status, Verdict

if TYPE_CHECKING:
    from handgrad.laws._report import Report

SHOWN = 8
"""Broken laws that the text shows in full; the first are the most fundamental."""


def headline(report: Report) -> str:
    """The verdict on the whole, and how many laws ended how."""
    counts = report.counts()
    order = (Status.BROKEN, Status.HOLDS, *(status for status in Status if status not in (Status.BROKEN, Status.HOLDS)))
    words = [f"{counts[status]} {'hold' if status is Status.HOLDS else status}" for status in order if counts[status]]
    return f"{report.target} is {'lawful' if report.lawful else 'unlawful'}. Laws: {', '.join(words) or 'none'}."


def where(verdict: Verdict) -> str:
    """What was found, and for which case."""
    return f"{verdict.sentence} ({verdict.case})" if verdict.case and verdict.sentence else verdict.sentence


def as_text(report: Report) -> str:
    """The headline, the diagnosis, the broken laws with their worst numbers, the waived ones with their reasons."""
    lines = [headline(report), *report.diagnosis]
    for name in report.broken[:SHOWN]:
        lines.append(f"  {name}: {where(report.verdicts[name])}")
        lines += [f"    {evidence}" for evidence in report.verdicts[name].evidence[:1]]
    if len(report.broken) > SHOWN:
        lines.append(f"  also broken: {', '.join(report.broken[SHOWN:])}")
    waived = [verdict for verdict in report.verdicts.values() if verdict.status is Status.WAIVED]
    return "\n".join([*lines, *(f"  {verdict.law} is waived: {verdict.sentence}" for verdict in waived)])


def as_table(report: Report) -> str:
    """A line a law: name, verdict, what was found."""
    width = max(map(len, report.verdicts), default=0)
    status_width = max(map(len, Status))
    lines = []
    for family, verdicts in report.by_family().items():
        lines.append(family)
        lines += [f"  {v.law:{width}}  {v.status:{status_width}}  {where(v)}".rstrip() for v in verdicts]
    return "\n".join(lines)
