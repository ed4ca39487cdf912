"""A report as one HTML page that needs nothing else: no script, no picture, no font, no network."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from handgrad.laws._text import headline, where
from handgrad.laws._verdict import Status, Verdict
from handgrad.laws.families import LAWS

if TYPE_CHECKING:
    from handgrad.laws._report import Report

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #59636e; --paper: #fff; --line: #d5dae0; --box: #f4f6f8;
  --good: #12703a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --dim: #9aa4af; --paper: #14171b; --line: #343b43;
  --box: #1e2329; --good: #62c98a; --bad: #ff8f85; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .dim { color: var(--dim); }
.good, .bad { font-weight: 600; }
.diagnosis { border-left: .25rem solid var(--bad); background: var(--box); padding: .5rem 1rem; }
.diagnosis p { margin: .4rem 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; white-space: nowrap; }
th { font-weight: 600; } td.verdict { white-space: nowrap; } td:first-child { min-width: 13rem; }
tbody.family th { padding-top: 1.2rem; border-top: 0; font-size: 1.05rem; }
code, pre { font: .875rem/1.45 ui-monospace, monospace; }
pre { background: var(--box); padding: .75rem 1rem; white-space: pre-wrap; border-radius: .3rem; }
ul { padding-left: 1.2rem; }
summary { cursor: pointer; padding: .2rem 0; }
@media (max-width: 40rem) { thead { display: none; } tr, td, tbody th { display: block; }
  td, th { border-top: 0; padding: .1rem 0; } tr { border-top: 1px solid var(--line); padding: .5rem 0; } }
@media print { :root { color-scheme: light; --ink: #000; --dim: #444; --paper: #fff; --line: #bbb; --box: #f4f4f4;
  --good: #12703a; --bad: #b3261e; } body { max-width: none; padding: 0; font-size: 10pt; } tr, pre { break-inside: avoid; } }
"""


STRICT = " Everything that the canonical form offers was demanded."


def as_html(report: Report) -> str:
    """The verdict first, then the diagnosis, programs, the laws by family with their evidence, notes, versions."""
    title, _, counts = headline(report).partition(". Laws: ")
    body = [
        f'<h1 class="{"good" if report.lawful else "bad"}">{_text(title)}</h1>',
        f'<p class="dim">Laws: {_text(counts)}{STRICT if report.strict else ""}</p>',
        *_diagnosis(report),
        *_broken(report),
        *_programs(report),
        *_laws(report),
        *_list("Notes", report.notes),
        *_list("Versions", (f"{name} {version}" for name, version in report.versions.items())),
    ]
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{_text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
            *body,
            "</body>\n</html>\n",
        ]
    )


def _text(value: object) -> str:
    """Text that is only text wherever it stands; what UTF-8 cannot write is spelt out."""
    return escape(str(value).encode("utf-8", "backslashreplace").decode())


def _diagnosis(report: Report) -> Iterable[str]:
    if report.diagnosis or report.cause:
        yield '<section class="diagnosis">'
        yield from (f"<p>{_text(sentence)}</p>" for sentence in report.diagnosis)
        if report.cause:
            yield f'<p class="dim">Cause: <code>{_text(report.cause)}</code></p>'
        yield "</section>"


def _broken(report: Report) -> Iterable[str]:
    if report.broken:
        links = ", ".join(
            f'<a class="bad" href="#{_text(name)}"><code>{_text(name)}</code></a>' for name in report.broken
        )
        yield f"<p>Broken: {links}</p>"


def _laws(report: Report) -> Iterable[str]:
    yield "<h2>The laws</h2>\n<table>"
    columns = "".join(f'<th scope="col">{name}</th>' for name in ("Law", "Verdict", "What it says, what was found"))
    yield f"<thead><tr>{columns}</tr></thead>"
    for family, verdicts in report.by_family().items():
        yield f'<tbody class="family"><tr><th colspan="3" scope="rowgroup">{_text(family)}</th></tr></tbody>\n<tbody>'
        yield from map(_row, verdicts)
        yield "</tbody>"
    yield "</table>"


def _row(verdict: Verdict) -> str:
    statements = {law.name: law.statement for law in LAWS}
    kind = {Status.BROKEN: "bad", Status.HOLDS: "good"}.get(verdict.status, "dim")
    said = [f'<span class="dim">{_text(statements[verdict.law])}</span>'] if verdict.law in statements else []
    said += [_text(where(verdict))] if verdict.sentence else []
    said += [f"<code>{_text(evidence)}</code>" for evidence in verdict.evidence]
    return (
        f'<tr id="{_text(verdict.law)}"><td><code>{_text(verdict.law)}</code></td>'
        f'<td class="verdict {kind}">{_text(verdict.status)}</td><td>{"<br>".join(said)}</td></tr>'
    )


def _programs(report: Report) -> Iterable[str]:
    shown = [verdict for verdict in report.verdicts.values() if verdict.snippet]
    if shown:
        yield "<h2>Programs that show it</h2>"
    for place, verdict in enumerate(shown):
        summary = f"<summary><code>{_text(verdict.law)}</code></summary>"
        yield f"<details{'' if place else ' open'}>{summary}\n<pre>{_text(verdict.snippet)}</pre></details>"


def _list(title: str, sentences: Iterable[str]) -> Iterable[str]:
    items = [f"<li>{_text(sentence)}</li>" for sentence in sentences]
    if items:
        yield f"<h2>{title}</h2>\n<ul>"
        yield from items
        yield "</ul>"
