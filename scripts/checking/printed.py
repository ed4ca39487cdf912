"""What check.py prints."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from handgrad.laws import Report, Status, Verdict

STYLES = {Status.BROKEN: "bold red", Status.HOLDS: "green", Status.WAIVED: "yellow"}


def console() -> Console:
    """The terminal; in a file or a log nothing is cut off."""
    terminal = Console()
    return terminal if terminal.is_terminal else Console(width=132)


def print_report(report: Report, to: Console, diagnosis: bool = True) -> None:
    """The laws with their verdicts, then the verdict on the whole, the diagnosis and the notes."""
    to.print(_table(report))
    left_out = [verdict.law for verdict in report.verdicts.values() if verdict.status is Status.NOT_TRIED]
    if left_out:
        _say(to, f"Not tried: {', '.join(left_out)}.", "dim")
    _say(to, str(report).partition("\n")[0], "green" if report.lawful else "bold red")
    for sentence in report.diagnosis if diagnosis else ():
        _say(to, sentence)
    for sentence in report.notes:
        _say(to, sentence, "dim")


def print_program(report: Report, to: Console) -> None:
    """The program that shows the first broken law."""
    program = next((report.verdicts[name].snippet for name in report.broken if report.verdicts[name].snippet), None)
    if program:
        _say(to, "\nA program that shows it:\n")
        _say(to, program.rstrip())  # as it is, so that it can be copied


def _say(to: Console, words: str, style: str = "") -> None:
    to.print(Text(words, style=style), soft_wrap=True)


def _table(report: Report) -> Table:
    """By family: what is broken or waived, a row a law; the rest, a row for all that ended alike."""
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False)
    table.add_column("family", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("laws")
    for family, verdicts in report.by_family().items():
        for row, (status, found) in enumerate(_rows(verdicts)):
            table.add_row(Text("" if row else family), Text(status, style=STYLES.get(status, "dim")), Text(found))
    return table


def _rows(verdicts: Iterable[Verdict]) -> list[tuple[Status, str]]:
    alike: dict[tuple[Status, str], list[str]] = {}
    for verdict in verdicts:
        if verdict.status is not Status.NOT_TRIED:
            alike.setdefault((verdict.status, _found(verdict)), []).append(verdict.law)
    order = (Status.BROKEN, Status.WAIVED, Status.HOLDS, Status.NOT_OFFERED, Status.NOT_APPLICABLE)
    ordered = sorted(alike.items(), key=lambda item: order.index(item[0][0]))
    return [(status, f"{', '.join(laws)}: {found}" if found else ", ".join(laws)) for (status, found), laws in ordered]


def _found(verdict: Verdict) -> str:
    """What is said about it, the same for laws that ended for the same reason."""
    if verdict.status is Status.BROKEN:
        case = f"{verdict.case}: " if verdict.case else ""
        return "\n".join([f"{case}{verdict.sentence}", *map(str, verdict.evidence[:1])])
    first, dot, _ = verdict.sentence.partition(". ")
    return first + dot.strip()
