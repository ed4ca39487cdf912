"""The first sections of a page: how it went, and what was trained on what."""

from __future__ import annotations

from handgrad.training.report._elements import details, facts, note, section, table
from handgrad.training.report._markup import Markup, joined, tag
from handgrad.training.report._numbers import duration, metric, number, percent
from handgrad.training.report._record import LearningRecord, RunRecord, TableRecord

_MOST_COLUMNS = 40  # that are listed at once
_MOST_CLASSES = 12


def overview(record: RunRecord) -> Markup:
    """Write the title, how the run ended, and its first numbers."""
    ending = record.ending
    kind = "Classification" if record.table.classes is not None else "Regression"
    return tag(
        "header",
        tag("h1", f"{record.table.target} from {record.table.source}"),
        note(f"{kind} by {record.learning.net} · trained with handgrad · {record.written}"),
        tag("p", tag("span", ending.state.capitalize(), class_=f"state {ending.state}"), " · ", ending.sentence),
        facts(_cards(record), "cards"),
    )


def what(record: RunRecord) -> Markup:
    """Write what was trained on what."""
    return section(
        "What was trained on what",
        tag(
            "div",
            tag("div", tag("h3", "Table"), _table(record.table)),
            tag("div", tag("h3", "Network and training"), _learning(record.learning)),
            class_="columns",
        ),
    )


def _cards(record: RunRecord) -> dict[str, str]:
    cards = {}
    if record.test is not None:
        names = dict.fromkeys([record.headline, *(["r2"] if "r2" in record.test.metrics else []), "loss"])
        cards = {f"test {name}": metric(record.test.metrics[name]) for name in names if name in record.test.metrics}
    if record.best_epoch is not None and record.curves is not None:
        cards[f"best epoch of 0 … {record.curves.epochs[-1]}"] = str(record.best_epoch)
    time = "time since resuming" if record.resumed_from else "time"
    return cards | {"parameters": f"{record.learning.parameters:,}", time: duration(record.seconds)}


def _table(table_: TableRecord) -> Markup:
    splits = ", ".join(f"{rows:,} {name}" for name, rows in table_.splits.items())
    values = {"Source": table_.source}
    if table_.splits:
        values["Rows"] = f"{table_.rows:,}: {splits}"
    values |= {"Features": f"{len(table_.features):,} columns", "Target": table_.target}
    if table_.target_range is not None:
        low, mean, high = map(number, table_.target_range)
        values["Its range"] = f"{low} to {high}, mean {mean}"
    classes = _classes(table_.classes, table_.class_rows) if table_.classes and table_.class_rows else Markup("")
    return joined(facts(values), classes, _names("Feature columns", table_.features))


def _classes(names: list[str], rows: list[int]) -> Markup:
    cells = [(name, f"{count:,}", percent(count / sum(rows))) for name, count in zip(names, rows, strict=True)]
    written = table("", ("class", "rows", "part"), cells)
    return written if len(rows) <= _MOST_CLASSES else details(f"{len(rows)} classes", written)


def _names(title: str, names: list[str]) -> Markup:
    more = f" … and {len(names) - _MOST_COLUMNS} more" if len(names) > _MOST_COLUMNS else ""
    return details(title, note(", ".join(names[:_MOST_COLUMNS]) + more))


def _learning(learning: LearningRecord) -> Markup:
    rows = [
        (layer.name, layer.kind, " + ".join("×".join(map(str, shape)) or "1" for shape in layer.shapes.values()),
         f"{layer.parameters:,}")
        for layer in learning.layers
    ]  # fmt: skip
    layers = table("", ("layer", "kind", "shapes", "parameters"), rows)
    network = {"Network": learning.net, "Parameters": f"{learning.parameters:,}"}
    return joined(facts(network | learning.settings), details(f"{len(rows)} layers", layers))
