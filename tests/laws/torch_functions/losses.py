"""Losses of torch.nn.functional."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from laws.torch_functions.entry import Entry, integers, of, positive, real, signs, within

PROBABILITY = (0.1, 0.9)
CTC = (torch.tensor([[1, 2]]), torch.tensor([4]), torch.tensor([2]))
"""Targets, lengths of the inputs and of the targets."""

LOSSES: list[Entry] = [
    of("binary_cross_entropy", F.binary_cross_entropy, within(*PROBABILITY, 3, 2), within(*PROBABILITY, 3, 2)),
    of("binary_cross_entropy_with_logits", F.binary_cross_entropy_with_logits, real(3, 2), within(*PROBABILITY, 3, 2)),
    of("cosine_embedding_loss", F.cosine_embedding_loss, real(3, 4), real(3, 4), signs(3)),
    of("cross_entropy", F.cross_entropy, real(3, 4), integers(4, 3)),
    of("cross_entropy, label smoothing", F.cross_entropy, real(3, 4), integers(4, 3), label_smoothing=0.1),
    of("cross_entropy, probabilities", F.cross_entropy, real(3, 4), within(*PROBABILITY, 3, 4)),
    of("cross_entropy, weights", F.cross_entropy, real(3, 4), integers(4, 3), reduction="sum", ignore_index=1),
    of("gaussian_nll_loss", F.gaussian_nll_loss, real(3, 2), real(3, 2), positive(3, 2)),
    of("hinge_embedding_loss", F.hinge_embedding_loss, real(3, 4), signs(3, 4)),
    of("huber_loss", F.huber_loss, real(3, 4), real(3, 4)),
    of("kl_div", F.kl_div, real(3, 4), within(*PROBABILITY, 3, 4), reduction="batchmean"),
    of("l1_loss", F.l1_loss, real(3, 4), real(3, 4)),
    of("margin_ranking_loss", F.margin_ranking_loss, real(4), real(4), signs(4)),
    of("mse_loss", F.mse_loss, real(3, 4), real(3, 4)),
    of("mse_loss, none", F.mse_loss, real(3, 4), real(3, 4), reduction="none"),
    of("multi_margin_loss", F.multi_margin_loss, real(3, 4), integers(4, 3)),
    of("multilabel_margin_loss", F.multilabel_margin_loss, real(2, 3), integers(3, 2, 3)),
    of("multilabel_soft_margin_loss", F.multilabel_soft_margin_loss, real(3, 2), integers(2, 3, 2)),
    of("nll_loss", F.nll_loss, real(3, 4), integers(4, 3)),
    of("poisson_nll_loss", F.poisson_nll_loss, real(3, 4), positive(3, 4)),
    of("smooth_l1_loss", F.smooth_l1_loss, real(3, 4), real(3, 4), beta=0.5),
    of("soft_margin_loss", F.soft_margin_loss, real(3, 4), signs(3, 4)),
    of("triplet_margin_loss", F.triplet_margin_loss, real(3, 4), real(3, 4), real(3, 4)),
    of("ctc_loss", lambda x: F.ctc_loss(x.log_softmax(-1), *CTC), real(4, 1, 3)),
]
