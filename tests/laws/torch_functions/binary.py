"""Functions of two and three tensors, entry by entry."""

from __future__ import annotations

import torch

from laws.torch_functions.entry import Entry, mask, of, positive, real

BOTH_REAL = (
    "add", "atan2", "copysign", "fmax", "fmin", "hypot", "logaddexp", "logaddexp2", "maximum", "minimum", "mul", "sub",
)  # fmt: skip
BOTH_POSITIVE = ("div", "fmod", "pow", "remainder", "xlogy")

BINARY: list[Entry] = [
    *(of(name, getattr(torch, name), real(3, 4), real(3, 4)) for name in BOTH_REAL),
    *(of(name, getattr(torch, name), positive(3, 4), positive(3, 4)) for name in BOTH_POSITIVE),
    of("add, broadcast, alpha", torch.add, real(3, 4), real(4), alpha=0.5),
    of("addcdiv", torch.addcdiv, real(3, 4), real(3, 4), positive(3, 4), value=0.5),
    of("addcmul", torch.addcmul, real(3, 4), real(3, 4), real(3, 4), value=0.5),
    of("div, floor", torch.div, real(3, 4), positive(3, 4), rounding_mode="floor"),
    of("lerp", torch.lerp, real(3, 4), real(3, 4), real(3, 4)),
    of("lerp, a number", torch.lerp, real(3, 4), real(3, 4), 0.3),
    of("mul, broadcast", torch.mul, real(3, 1), real(4)),
    of("rsub", torch.rsub, real(3, 4), real(3, 4)),
    of("special.xlog1py", torch.special.xlog1py, positive(3, 4), positive(3, 4)),
    of("where", torch.where, mask(3, 4), real(3, 4), real(3, 4)),
]
