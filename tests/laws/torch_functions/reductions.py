"""Sums, norms, extrema, and what accumulates."""

from __future__ import annotations

import torch
from torch import linalg

from laws.torch_functions.entry import Entry, of, positive, real

TO_ONE_NUMBER = (
    "amax", "amin", "max", "mean", "median", "min", "nanmean", "nanmedian", "nansum", "norm", "std", "sum", "var",
)  # fmt: skip
ALONG = ("cumsum", "cumprod", "logcumsumexp", "cummax", "cummin", "amax", "median", "mode", "sort", "nanmedian")


def _along_the_last(name: str) -> Entry:
    return of(f"{name} along a dimension", getattr(torch, name), real(3, 4), dim=1)


REDUCTIONS: list[Entry] = [
    *(of(name, getattr(torch, name), real(3, 4)) for name in TO_ONE_NUMBER),
    *map(_along_the_last, ALONG),
    of("aminmax", torch.aminmax, real(3, 4)),
    of("cumulative_trapezoid", torch.cumulative_trapezoid, real(3, 4)),
    of("diff", torch.diff, real(3, 4)),
    of("dist", torch.dist, real(3, 4), real(3, 4)),
    of("kthvalue", torch.kthvalue, real(3, 4), 2),
    of("logsumexp", torch.logsumexp, real(3, 4), 1),
    of("max along a dimension", torch.max, real(3, 4), 0),
    of("min along a dimension", torch.min, real(3, 4), 1),
    of("norm, 1", torch.norm, real(3, 4), p=1),
    of("norm, infinite", linalg.vector_norm, real(6), ord=torch.inf),
    of("prod", torch.prod, positive(5)),
    of("prod along a dimension", torch.prod, real(3, 4), 1),
    of("quantile", torch.quantile, real(3, 4), 0.3, dim=1),
    of("renorm", torch.renorm, real(3, 4), 2, 0, 1.5),
    of("std along a dimension", torch.std, real(3, 4), 1),
    of("std_mean", torch.std_mean, real(3, 4)),
    of("sum, keepdim", torch.sum, real(3, 4), 0, keepdim=True),
    of("topk", torch.topk, real(3, 4), 2),
    of("trapezoid", torch.trapezoid, real(3, 4)),
    of("var along a dimension, biased", torch.var, real(3, 4), 1, correction=0),
    of("var_mean", torch.var_mean, real(3, 4)),
]
