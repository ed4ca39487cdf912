"""A record as one HTML file that needs nothing else: no script, no network, no other file."""

from __future__ import annotations

from handgrad.training.report._gradient_flow import gradient_flow
from handgrad.training.report._held_out import held_out
from handgrad.training.report._markup import Markup, tag
from handgrad.training.report._origin import origin, usage
from handgrad.training.report._overview import overview, what
from handgrad.training.report._progress import progress
from handgrad.training.report._record import RunRecord
from handgrad.training.report._style import STYLE

# Nothing is loaded and nothing is run, even if a name that came from the data should get past the escaping.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(record: RunRecord) -> str:
    """Return the report of a run."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{record.table.target} · {record.ending.state} · handgrad"),
        tag("style", Markup(STYLE)),
    )
    body = tag(
        "body",
        overview(record),
        tag(
            "main",
            what(record),
            progress(record),
            held_out(record),
            gradient_flow(record.gradients),
            usage(record),
            origin(record),
        ),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"
