"""How much the gradient of a mini-batch scatters about that of all rows.

The gradient of a batch is the mean of its rows' gradients g_n. For k of N rows drawn without replacement,

    Var = S²/k · (1 − k/N)        S² = Σ (g_n − ḡ)² / (N − 1)

so the standard deviation falls as 1/√k, and at k = N, where every batch is all rows, it is 0. (Cochran, Sampling Techniques,
theorem 2.2.) With replacement the bracket is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import torch
from torch import Generator

from handgrad.explain.experiments._two_minima import TwoMinima

_DRAWS_AT_ONCE = 500  # keeps the largest tensor small


@dataclass(frozen=True)
class Noise:
    """The scatter of the gradient at one batch size.

    Attributes:
        batch_size: rows in a batch.
        measured: the standard deviation of dL/dw over the drawn batches.
        theory: by the formula, from the gradients of the single rows.
        without_correction: ``S / √k``: as if drawn with replacement.
    """

    batch_size: int
    measured: float
    theory: float
    without_correction: float


def gradient_noise(
    rows: TwoMinima, w: float, batch_sizes: Sequence[int], draws: int, generator: Generator
) -> list[Noise]:
    """Draw ``draws`` batches of each size, and return how their gradients at ``w`` scatter."""
    count = len(rows.x)
    places = torch.full((count,), w, dtype=torch.float64)
    spread = rows.slopes(places, torch.arange(count).unsqueeze(1)).std().item()
    return [
        Noise(
            batch_size=k,
            measured=_measured(rows, w, k, draws, generator),
            theory=spread / sqrt(k) * sqrt(1 - k / count),
            without_correction=spread / sqrt(k),
        )
        for k in batch_sizes
    ]


def _measured(rows: TwoMinima, w: float, batch_size: int, draws: int, generator: Generator) -> float:
    slopes = []
    for some in torch.arange(draws).split(_DRAWS_AT_ONCE):
        # The order of random numbers is a random order: its first entries are a batch without replacement.
        drawn = torch.rand(len(some), len(rows.x), generator=generator, dtype=torch.float64).argsort(dim=1)
        places = torch.full((len(some),), w, dtype=torch.float64)
        slopes.append(rows.slopes(places, drawn[:, :batch_size]))
    return torch.cat(slopes).std().item()
