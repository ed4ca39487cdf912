"""The records that the tests of the player look at."""

from __future__ import annotations

import math

import torch

from handgrad.explain import Trace, chapter_example, trace
from handgrad.nn import MLP
from handgrad.ops import cross_entropy, mse_loss, relu
from traced_runs import RUNS, numbers

HOSTILE = "<script>alert(1)</script><!--&\"' {{script}}\u2028]]>\x00"
"""A name that tries everything: markup, comments, quotes, the page's own placeholders, a line of JavaScript, no character."""


def chapter(activation: str = "relu") -> Trace:
    return trace(*chapter_example(activation), learning_rate=0.5)


def net(inputs: int, hidden: list[int], outputs: int, rows: int = 0, **labels) -> Trace:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = MLP(inputs, hidden, outputs)
    x = numbers(*([rows] if rows else []), inputs, seed=1, dtype=torch.float32)
    target = torch.arange(rows) % outputs if rows else torch.tensor(1)
    return trace(model, cross_entropy, x, target, learning_rate=0.1, **labels)


def hostile(rows: int = 0) -> Trace:
    names = [f"{place}{HOSTILE}" for place in range(3)]
    return net(3, [4], 3, rows, columns=names, classes=names, target_name=HOSTILE, sample=HOSTILE)


def wide(rows: int = 0) -> Trace:
    return net(64, [128, 64], 10, rows)


def one_number() -> Trace:
    """One input, one output, no hidden layer, no update."""
    return trace(MLP(1, [], 1, dtype=torch.float64), mse_loss, numbers(1), numbers(1, seed=2))


def not_finite() -> Trace:
    """A wide layer in which numbers are NaN or infinite."""
    x = torch.arange(20, dtype=torch.float64)
    x[3], x[4], x[5] = math.nan, math.inf, -math.inf
    return trace([("layers.0 relu", relu)], mse_loss, x, torch.zeros(20, dtype=torch.float64))


RECORDS: dict[str, Trace] = {
    "chapter relu": chapter(),
    "chapter sigmoid": chapter("sigmoid"),
    "names": net(13, [32], 3, columns=[f"column {n}" for n in range(13)], classes=["white", "red", "rosé"]),
    "batch": net(4, [5], 3, rows=7),
    "wide": wide(),
    "wide batch": wide(rows=32),
    "one number": one_number(),
    "hostile": hostile(),
    "not finite": not_finite(),
    **{run.name: trace(run.steps, run.loss, run.x, run.target, learning_rate=0.1) for run in RUNS},
    "sample": net(4, [5], 3, rows=7).sample(2),
    "mean": net(4, [5], 3, rows=7).mean(),
}
