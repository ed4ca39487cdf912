"""Products of matrices and linear algebra."""

from __future__ import annotations

import torch
from torch import Tensor, linalg

from laws.torch_functions.entry import Entry, of, positive, real, regular


def of_symmetric(function):
    """The function, of the symmetric positive definite matrix that belongs to any regular one."""

    def composed(matrix: Tensor):
        return function(matrix @ matrix.mT)

    return composed


MATRICES: list[Entry] = [
    of("addbmm", torch.addbmm, real(2, 3), real(2, 2, 4), real(2, 4, 3)),
    of("addmm", torch.addmm, real(2, 3), real(2, 4), real(4, 3), beta=0.5, alpha=2.0),
    of("addmv", torch.addmv, real(2), real(2, 3), real(3)),
    of("addr", torch.addr, real(2, 3), real(2), real(3)),
    of("baddbmm", torch.baddbmm, real(2, 2, 3), real(2, 2, 2), real(2, 2, 3)),
    of("bmm", torch.bmm, real(2, 2, 3), real(2, 3, 2)),
    of("cdist", torch.cdist, real(3, 2), real(2, 2)),
    of("chain_matmul", lambda a, b, c: linalg.multi_dot([a, b, c]), real(2, 3), real(3, 2), real(2, 4)),
    of("dot", torch.dot, real(4), real(4)),
    of("einsum", lambda a, b: torch.einsum("bij,bjk->bik", a, b), real(2, 2, 3), real(2, 3, 2)),
    of("inner", torch.inner, real(2, 3), real(4, 3)),
    of("kron", torch.kron, real(2, 2), real(2, 3)),
    of("linalg.cholesky", of_symmetric(linalg.cholesky), regular(3)),
    of("linalg.cross", linalg.cross, real(2, 3), real(2, 3)),
    of("linalg.det", linalg.det, regular(3)),
    of("linalg.eigvalsh", of_symmetric(linalg.eigvalsh), regular(3)),
    of("linalg.inv", linalg.inv, regular(3)),
    of("linalg.lstsq", lambda a, b: linalg.lstsq(a, b).solution, regular(3), real(3, 2)),
    of("linalg.matrix_exp", linalg.matrix_exp, real(3, 3)),
    of("linalg.matrix_norm", linalg.matrix_norm, real(3, 2)),
    of("linalg.matrix_norm, nuclear", linalg.matrix_norm, regular(3), ord="nuc"),
    of("linalg.matrix_power", linalg.matrix_power, real(3, 3), 3),
    of("linalg.pinv", linalg.pinv, regular(3)),
    of("linalg.qr", linalg.qr, regular(3)),
    of("linalg.slogdet", linalg.slogdet, regular(3)),
    of("linalg.solve", linalg.solve, regular(3), real(3, 2)),
    of("linalg.solve_triangular", linalg.solve_triangular, regular(3), real(3, 2), upper=True),
    of("linalg.svdvals", linalg.svdvals, real(3, 2)),
    of("linalg.vector_norm, 3", linalg.vector_norm, real(6), ord=3),
    of("logdet", torch.logdet, regular(3)),
    of("matmul, batched", torch.matmul, real(2, 1, 2, 3), real(2, 3, 2)),
    of("mm", torch.mm, real(2, 3), real(3, 2)),
    of("mv", torch.mv, real(2, 3), real(3)),
    of("nn.functional.bilinear", torch.nn.functional.bilinear, real(2, 3), real(2, 2), real(2, 3, 2), real(2)),
    of("nn.functional.cosine_similarity", torch.nn.functional.cosine_similarity, real(2, 3), real(2, 3)),
    of("nn.functional.linear", torch.nn.functional.linear, real(2, 3), real(2, 3), real(2)),
    of("nn.functional.pairwise_distance", torch.nn.functional.pairwise_distance, real(2, 3), real(2, 3)),
    of("nn.functional.pdist", torch.nn.functional.pdist, real(3, 2)),
    of("outer", torch.outer, real(2), real(3)),
    of("tensordot", lambda a, b: torch.tensordot(a, b, dims=1), real(2, 3), real(3, 2)),
    of("trace", torch.trace, real(3, 3)),
    of("vdot", torch.vdot, positive(4), real(4)),
]
