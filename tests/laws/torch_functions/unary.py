"""Functions of one tensor, entry by entry."""

from __future__ import annotations

import torch

from laws.torch_functions.entry import Entry, of, positive, real, within

ANYWHERE = (
    "abs", "arctan", "asinh", "cos", "cosh", "deg2rad", "erf", "erfc", "exp", "exp2", "expm1", "i0", "nan_to_num", "neg", "rad2deg",
    "sigmoid", "sin", "sinc", "sinh", "square", "tanh",
)  # fmt: skip
POSITIVE = ("digamma", "lgamma", "log", "log10", "log1p", "log2", "reciprocal", "rsqrt", "sqrt")
INSIDE_ONE = ("acos", "asin", "atanh", "erfinv", "tan")
STAIRS = ("ceil", "floor", "frac", "round", "sgn", "sign", "trunc")
SPECIAL = ("entr", "erfcx", "expit", "i0e", "i1", "i1e", "log_ndtr", "ndtr")

UNARY: list[Entry] = [
    *(of(name, getattr(torch, name), real(3, 4)) for name in (*ANYWHERE, *STAIRS)),
    *(of(name, getattr(torch, name), positive(3, 4)) for name in POSITIVE),
    *(of(name, getattr(torch, name), within(-0.9, 0.9, 3, 4)) for name in INSIDE_ONE),
    *(of(f"special.{name}", getattr(torch.special, name), positive(3, 4)) for name in SPECIAL),
    of("acosh", torch.acosh, within(1.2, 3.0, 3, 4)),
    of("clamp", torch.clamp, real(3, 4), min=-0.7, max=0.9),
    of("logit", torch.logit, within(0.1, 0.9, 3, 4)),
    of("mvlgamma", torch.mvlgamma, within(2.0, 4.0, 3, 4), 2),
    of("polygamma", lambda x: torch.polygamma(1, x), positive(3, 4)),
    of("pow of a number", torch.pow, real(3, 4), 3),
    of("special.ndtri", torch.special.ndtri, within(0.1, 0.9, 3, 4)),
]
