"""What a run says when it ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from typed_lines import PREDICT


def print_report(metrics: Mapping[str, float], run: Path, checkpoint: str, dashboard: bool, report: str) -> None:
    """Print the test metrics as a table, and how to look at the run and use its network.

    Args:
        metrics: name to value, from the test split.
        run: the run directory.
        checkpoint: the checkpoint that was tested; empty if none was kept.
        dashboard: whether there is something for TensorBoard to show.
        report: the page about the run; empty if there is none.
    """
    console = Console()
    table = Table(title="Test", show_edge=False, pad_edge=False)
    table.add_column("metric")
    table.add_column("value", justify="right")
    for name, value in sorted(metrics.items()):
        table.add_row(name.removeprefix("test/"), f"{value:.4f}")
    console.print(table)
    for line in _pointers(_short(run), checkpoint, dashboard, report):
        console.print(line, soft_wrap=True, highlight=False, markup=False)


def _pointers(run: str, checkpoint: str, dashboard: bool, report: str) -> Iterable[str]:
    yield f"Run:        {run}"
    if report:
        yield f"Report:     {_short(Path(report))}"
    if dashboard:
        yield f"Dashboard:  tensorboard --logdir {run}"
    if checkpoint:
        path = _short(Path(checkpoint))
        yield f"Predict:    {PREDICT.format(checkpoint=path)}"


def _short(path: Path) -> str:
    """The path as seen from here, if it is below here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
