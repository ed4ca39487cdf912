"""Activations of torch.nn.functional."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from laws.torch_functions.entry import Entry, of, positive, real

PLAIN = (
    "celu", "elu", "gelu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "logsigmoid", "mish", "relu",
    "relu6", "selu", "silu", "softplus", "softshrink", "softsign", "tanhshrink",
)  # fmt: skip

ACTIVATIONS: list[Entry] = [
    *(of(f"nn.functional.{name}", getattr(F, name), real(3, 4)) for name in PLAIN),
    of("nn.functional.gelu, tanh", F.gelu, real(3, 4), approximate="tanh"),
    of("nn.functional.glu", F.glu, real(3, 4)),
    of("nn.functional.log_softmax", F.log_softmax, real(3, 4), dim=1),
    of("nn.functional.prelu", F.prelu, real(3, 4), positive(4)),
    of("nn.functional.rrelu, eval", F.rrelu, real(3, 4), training=False),
    of("nn.functional.rrelu, train", F.rrelu, real(3, 4), training=True),
    of("nn.functional.softmax", F.softmax, real(3, 4), dim=1),
    of("nn.functional.softmin", F.softmin, real(3, 4), dim=1),
    of("nn.functional.threshold", F.threshold, real(3, 4), threshold=0.1, value=-1.0),
    of("nn.functional.dropout", F.dropout, real(3, 4), p=0.4),
    of("nn.functional.alpha_dropout", F.alpha_dropout, real(3, 4), p=0.4, training=True),
    of("nn.functional.gumbel_softmax", F.gumbel_softmax, real(3, 4)),
    of("softmax over the rows", torch.softmax, real(3, 4), 0),
]
