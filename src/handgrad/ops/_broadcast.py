"""The adjoint of broadcasting.

Broadcasting copies one entry to many places, so its derivative sums what comes back from them: y_ij = x_j gives x̄_j = Σ_i ȳ_ij.
"""

from torch import Tensor


def unbroadcast(grad: Tensor, like: Tensor) -> Tensor:
    """Sum ``grad`` over the dimensions along which ``like`` was broadcast, and return it in the dtype of ``like``."""
    if grad.shape != like.shape:
        grad = grad.sum_to_size(like.shape)
    return grad.to(like.dtype)
