"""The last sections of a page: how to use the network, how to train it again, and what with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handgrad.training.report._elements import command, details, facts, note, section
from handgrad.training.report._markup import Markup, tag
from handgrad.training.report._record import RunRecord


def usage(record: RunRecord) -> Markup:
    """Write how to predict with the network."""
    if not record.checkpoint:
        return section("Predict", note("This run kept no checkpoint: there is nothing to predict with."))
    code = (
        "from handgrad.training import load_task, predict_file\n"
        f"predict_file(load_task({record.checkpoint!r}), 'rows.csv', 'pred.csv')"
    )
    words = "rows.csv has the feature columns by name, in the table's own units, in any order."
    line = [command(record.predict), tag("p", "or in Python")] if record.predict else []
    return section("Predict", *line, command(code), note(words))


def origin(record: RunRecord) -> Markup:
    """Write how to train it again, with which configuration, and where it was trained."""
    again = [command(record.command)] if record.command else [note("The command line of this run is not known.")]
    if record.resumed_from:
        again.append(note(f"This process went on from {record.resumed_from}; its time is that of this process alone."))
    configuration = (
        details("Configuration, resolved", tag("pre", tag("code", record.configuration)))
        if record.configuration
        else note("There is no file of the configuration.")
    )
    with_what = [_group(name, value) for name, value in record.environment.items()]
    return section("Reproduce", *again, configuration, tag("div", *with_what, class_="columns"))


def _group(name: str, value: Any) -> Markup:
    """Write what is known under one name: one value, or several by their names."""
    if isinstance(value, Mapping):
        return tag(
            "div",
            tag("h3", name.capitalize()),
            facts({key: str(each) for key, each in value.items() if each is not None}),
        )
    return tag("div", tag("h3", name.capitalize()), tag("p", str(value)))
