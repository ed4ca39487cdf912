"""What check.py prints."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from handgrad.laws import LAWS, Report, Status

STYLES = {Status.BROKEN: "bold red", Status.HOLDS: "green", Status.WAIVED: "yellow"}


def console() -> Console:
    """The terminal; in a file or a log nothing is cut off."""
    terminal = Console()
    return terminal if terminal.is_terminal else Console(width=132)


def print_report(report: Report, to: Console) -> None:
    """The laws with their verdicts, then the verdict on the whole, the diagnosis and a program that shows it."""
    to.print(_table(report))
    left_out = [verdict.law for verdict in report.verdicts.values() if verdict.status is Status.NOT_TRIED]
    if left_out:
        _say(to, f"Not tried: {', '.join(left_out)}.", "dim")
    _say(to, str(report).partition("\n")[0], "green" if report.lawful else "bold red")
    for sentence in report.diagnosis:
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
    statements = {law.name: law.statement for law in LAWS}
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False)
    for name in ("law", "verdict", "what it says, or what was found"):
        table.add_column(name, no_wrap=name != "what it says, or what was found")
    for family, verdicts in report.by_family().items():
        shown = [verdict for verdict in verdicts if verdict.status is not Status.NOT_TRIED]
        if shown:
            table.add_row(Text(family, style="bold"), "", "")
        for verdict in shown:
            found = [verdict.sentence or statements.get(verdict.law, ""), *map(str, verdict.evidence[:1])]
            if verdict.case and verdict.status is Status.BROKEN:
                found.insert(0, f"{verdict.case}:")
            style = STYLES.get(verdict.status, "dim")
            table.add_row(Text(f"  {verdict.law}"), Text(verdict.status, style=style), Text("\n".join(found)))
    return table
