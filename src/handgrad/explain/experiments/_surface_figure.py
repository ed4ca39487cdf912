"""The figure of the experiment ``surface``."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import torch

from handgrad.explain.experiments._style import BLACK, LINES, VERMILLION, head, new_figure, plain
from handgrad.explain.experiments._surface_record import Snapshot, SurfaceRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

MOST_CLASSES = len(LINES)
"""With more, markers would repeat."""

_HATCHES = ("", "///", "...", "\\\\\\", "xxx", "---")  # tell the areas apart in grey
_COLUMNS = 3  # of small pictures
_LEVELS = 14  # contour lines of the surface


def draw_surface(record: SurfaceRecord) -> Figure:
    """Draw the map of the loss with the path, and the decision boundary at the marked epochs."""
    rows = ceil(len(record.snapshots) / _COLUMNS)
    figure = new_figure(15, max(6.5, 3.3 * rows + 0.8))
    grid = figure.add_gridspec(1, 2, width_ratios=[1, 1.5])
    left, right = figure.add_subfigure(grid[0, 0]), figure.add_subfigure(grid[0, 1])
    head(left, "1  The training loss around the path of training")
    head(right, "2  The decision boundary at the marked epochs")
    _draw_map(left.subplots(), record)
    panels = list(right.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False).flat)
    for axes, shot in zip(panels, record.snapshots, strict=False):
        _draw_boundary(axes, record, shot)
    for axes in panels[len(record.snapshots) :]:
        axes.set_visible(False)
    _name_classes(right, panels[0])
    names = [plain(name, f"feature {index + 1}") for index, name in enumerate(record.data.features)]
    right.supxlabel(f"{names[0]} (standard deviations from the mean)", fontsize=10)
    right.supylabel(f"{names[1]} (standard deviations from the mean)", fontsize=10)
    return figure


def _draw_map(axes: Axes, record: SurfaceRecord) -> None:
    """Contour lines of the training loss over the plane, and the path with the marked epochs."""
    low, high = record.surface.min().log().item(), record.surface.max().log().item()
    levels = torch.linspace(low, high, _LEVELS).exp().tolist()
    first, second, surface = record.first.tolist(), record.second.tolist(), record.surface.tolist()
    axes.contourf(first, second, surface, levels=levels, cmap="Greys", norm="log", alpha=0.55)
    lines = axes.contour(first, second, surface, levels=levels, colors=BLACK, linewidths=0.5)
    axes.clabel(lines, levels=levels[1::2], fmt="%.2f", fontsize=8)
    path = record.coordinates
    axes.plot(path[:, 0].tolist(), path[:, 1].tolist(), color=VERMILLION, linewidth=2)
    for shot in record.snapshots:
        at = path[shot.epoch, 0].item(), path[shot.epoch, 1].item()
        axes.plot(*at, "o", color=VERMILLION, markeredgecolor="white", markersize=9)
        axes.annotate(
            str(shot.epoch),
            at,
            (0, 9),
            textcoords="offset points",
            ha="center",
            fontweight="bold",
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
        )
    shown = [f"{100 * part:.1f} %" for part in record.explained]
    axes.set_xlabel(f"along direction 1 (holds {shown[0]} of the path)")
    axes.set_ylabel(f"along direction 2 ({shown[1]})")
    axes.set_title("mean cross entropy (nats); numbers on the path: epochs", fontsize=10, fontweight="normal")


def _draw_boundary(axes: Axes, record: SurfaceRecord, shot: Snapshot) -> None:
    """What the network says of every pair of values, and the rows of the training split."""
    x, y, data = record.x.tolist(), record.y.tolist(), record.data
    for index, line in enumerate(LINES[: len(data.classes)]):
        others = shot.logits.clone()
        others[..., index] = -torch.inf
        lead = (shot.logits[..., index] - others.amax(2)).tolist()  # over the next best class: 0 at the boundary
        area: dict[str, Any] = {
            "levels": [0, torch.inf],
            "colors": [line.colour],
            "alpha": 0.22,
            "hatches": [_HATCHES[index]],
        }
        axes.contourf(x, y, lead, **area).set(edgecolor=line.colour, linewidth=0)
        axes.contour(x, y, lead, levels=[0], colors=BLACK, linewidths=1.2)
        own = data.x_train[data.t_train == index]
        keywords = line.keywords() | {
            "linestyle": "",
            "markersize": 4.5,
            "label": plain(data.classes[index], f"class {index + 1}"),
        }
        axes.plot(own[:, 0].tolist(), own[:, 1].tolist(), **keywords)
    text = f"loss {shot.train_loss:.2f}, test {100 * shot.test_accuracy:.0f} %"
    axes.set_title(f"epoch {shot.epoch}", fontsize=11)
    axes.set_title(text, loc="right", fontsize=9, fontweight="normal")


def _name_classes(part: SubFigure, axes: Axes) -> None:
    """Say which marker and area is which class."""
    from matplotlib.patches import Patch

    markers, names = axes.get_legend_handles_labels()
    areas = [
        Patch(fc=(line.colour, 0.22), ec=(line.colour, 0.5), hatch=hatch)
        for line, hatch in zip(LINES, _HATCHES, strict=True)
    ]
    handles: list[Any] = list(zip(areas, markers, strict=False))  # an area with its marker on it
    part.legend(handles, names, loc="outside upper right", ncols=len(names), frameon=False, fontsize=10)
