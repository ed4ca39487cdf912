"""Attention, and modules with their parameters."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from laws.torch_functions.entry import Entry, of, real


def seeded(make) -> nn.Module:
    """A module with the same parameters every time, in evaluation."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return make().eval()


class SelfAttention(nn.Module):
    """Multi-head attention of a sequence to itself, without the weights."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(2, 1, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x, need_weights=False)[0]


MODULES: list[Entry] = [
    of("nn.functional.scaled_dot_product_attention", F.scaled_dot_product_attention, *[real(1, 1, 3, 2)] * 3),
    of(
        "nn.functional.scaled_dot_product_attention, causal",
        F.scaled_dot_product_attention,
        *[real(1, 1, 3, 2)] * 3,
        is_causal=True,
    ),
    of("nn.BatchNorm1d", seeded(lambda: nn.BatchNorm1d(2)), real(3, 2)),
    of("nn.Bilinear", seeded(lambda: nn.Bilinear(2, 2, 2)), real(2, 2), real(2, 2)),
    of("nn.Conv1d", seeded(lambda: nn.Conv1d(2, 2, 2)), real(1, 2, 3)),
    of("nn.Embedding", seeded(lambda: nn.Embedding(3, 2)), torch.tensor([0, 2, 2])),
    of("nn.GRU", seeded(lambda: nn.GRU(2, 1)), real(2, 1, 2)),
    of("nn.GRUCell", seeded(lambda: nn.GRUCell(2, 2)), real(2, 2)),
    of("nn.LSTM", seeded(lambda: nn.LSTM(2, 1)), real(2, 1, 2)),
    of("nn.LayerNorm", seeded(lambda: nn.LayerNorm(3)), real(2, 3)),
    of("nn.Linear", seeded(lambda: nn.Linear(3, 2)), real(2, 3)),
    of("nn.MultiheadAttention", seeded(SelfAttention), real(1, 2, 2)),
    of("nn.PReLU", seeded(nn.PReLU), real(2, 3)),
    of("nn.RNN", seeded(lambda: nn.RNN(2, 1)), real(2, 1, 2)),
    of(
        "nn.TransformerEncoderLayer",
        seeded(lambda: nn.TransformerEncoderLayer(2, 1, 2, batch_first=True)),
        real(1, 2, 2),
    ),
    of("nn.Sequential", seeded(lambda: nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))), real(2, 2)),
]
