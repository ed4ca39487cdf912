"""What can be wrong with the arguments of a cross entropy: looked at after torch has refused, so a good call pays nothing."""

import torch
from torch import Tensor

from handgrad.ops._hand_function import transforms_active


def class_dim(logits: Tensor) -> int:
    """The dimension of the classes, as torch has it: logits are ``(C)``, ``(N, C)`` or ``(N, C, d1, …)``."""
    return 0 if logits.dim() == 1 else 1


def sizes(logits: Tensor) -> tuple[int, int]:
    """How many samples and how many classes."""
    dim = class_dim(logits)
    classes = logits.shape[dim]
    return logits.numel() // classes if classes else logits.sum(dim).numel(), classes


def explain_mistake(
    logits: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, label_smoothing: float
) -> None:
    """Raise what does not fit, if it is something that we know.

    Raises:
        ValueError: shapes, dtypes or the smoothing.
        IndexError: a class index out of range.
    """
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"cross_entropy: label_smoothing must lie in [0, 1], got {label_smoothing}")
    if logits.dim() == 0:
        raise ValueError("cross_entropy: logits must have shape (C), (N, C) or (N, C, d1, …), got a scalar")
    dim = class_dim(logits)
    classes = logits.shape[dim]
    if weight is not None and weight.shape != (classes,):
        raise ValueError(f"cross_entropy: weight must have shape ({classes},), one a class, got {tuple(weight.shape)}")
    index_shape = logits.shape[:dim] + logits.shape[dim + 1 :]
    if target.is_floating_point():
        _explain_probabilities(logits, target, index_shape, ignore_index)
    else:
        _explain_indices(logits, target, index_shape, classes, ignore_index)


def _explain_probabilities(logits: Tensor, target: Tensor, index_shape: torch.Size, ignore_index: int) -> None:
    if target.shape != logits.shape:
        hint = "; class indices must be of an integer dtype (target.long())" if target.shape == index_shape else ""
        raise ValueError(
            f"cross_entropy: class probabilities must have the shape of the logits {tuple(logits.shape)}, "
            f"got {tuple(target.shape)}{hint}"
        )
    if ignore_index >= 0:
        raise ValueError("cross_entropy: ignore_index needs class indices as the target, got class probabilities")


def _explain_indices(logits: Tensor, target: Tensor, shape: torch.Size, classes: int, ignore_index: int) -> None:
    if target.shape != shape:
        raise ValueError(
            f"cross_entropy: class indices must have shape {tuple(shape)} to match logits of shape {tuple(logits.shape)}, "
            f"got {tuple(target.shape)}"
        )
    if target.dtype not in (torch.int64, torch.uint8):
        raise ValueError(f"cross_entropy: class indices must be int64, got {target.dtype}; use target.long()")
    if transforms_active():
        return  # the values of the targets cannot be looked at: torch's own error stands
    wrong = target[(target != ignore_index) & ((target < 0) | (target >= classes))]
    if wrong.numel():
        raise IndexError(
            f"cross_entropy: class indices must lie in [0, {classes}) for {classes} classes, got {int(wrong[0])}"
            f" ({wrong.numel()} of {target.numel()} targets out of range)"
        )
