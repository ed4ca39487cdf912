"""Cross entropy as a module, with what it takes from the data."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from handgrad.nn._reduced_loss import check_scalar
from handgrad.ops import Reduction, cross_entropy
from handgrad.ops._cross_entropy import index_cross_entropy_vjp
from handgrad.ops._cross_entropy_coefficients import Convention


class CrossEntropyLoss(nn.Module):
    """Softmax and cross entropy of logits.

    Args:
        weight: The weight of each class in the mean. A list has one for each class; ``"balanced"`` is
            ``rows / (classes · rows of the class)`` over the training split, as in scikit-learn; ``None`` is 1 for all.
        label_smoothing: The part of each target that is spread evenly over all classes, in [0, 1].
        reduction: ``"mean"``, ``"sum"``, or a book's convention by name; see ``handgrad.ops.cross_entropy``.

    Raises:
        ValueError: An argument is out of its range, or the reduction is unknown or does not give one number.
    """

    weight: Tensor | None

    def __init__(
        self, weight: Sequence[float] | str | None = None, label_smoothing: float = 0.0, reduction: Reduction = "mean"
    ) -> None:
        super().__init__()
        if isinstance(weight, str) and weight != "balanced":
            raise ValueError(f"CrossEntropyLoss: expected weight to be 'balanced', a list or None, got {weight!r}")
        if not 0 <= label_smoothing <= 1:
            raise ValueError(f"CrossEntropyLoss: expected label_smoothing in [0, 1], got {label_smoothing}")
        self.balanced = weight == "balanced"
        self.label_smoothing, self.reduction = label_smoothing, reduction
        listed = None if weight is None or isinstance(weight, str) else torch.tensor([float(w) for w in weight])
        if listed is not None and not (listed.isfinite().all() and (listed >= 0).all() and listed.sum() > 0):
            raise ValueError(
                f"CrossEntropyLoss: expected finite weights of at least 0, not all 0, got {listed.tolist()}"
            )
        # Not saved: the weight belongs to the training data and the configuration, a model predicts without it.
        self.register_buffer("weight", listed, persistent=False)
        check_scalar(self, cross_entropy(torch.zeros(2, 2), torch.zeros(2, dtype=torch.long), reduction=reduction))

    def fit(self, y: Tensor, classes: int) -> None:
        """Take what depends on the training split: the balanced weights of the class indices y.

        Raises:
            ValueError: The list of weights does not have one for each class.
        """
        if self.balanced:
            counts = torch.bincount(y, minlength=classes)
            self.weight = (len(y) / (classes * counts.clamp(min=1))).to(torch.get_default_dtype())
        elif self.weight is not None and len(self.weight) != classes:
            raise ValueError(
                f"CrossEntropyLoss: expected a weight for each of the {classes} classes, got {len(self.weight)}"
            )

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss, 0-d; logits (rows, classes), target (rows,) of class indices.

        Raises:
            RuntimeError: The weights are to be balanced, and :meth:`fit` was not called with what there is to balance.
        """
        return cross_entropy(
            logits,
            target,
            weight=self._weight(logits),
            label_smoothing=self.label_smoothing,
            reduction=self.reduction,
        )

    def gradient(self, logits: Tensor, target: Tensor, grad_loss: float = 1.0) -> Tensor:
        """Return ``∂L/∂logits``, times what comes back to L, by the rule of the op; of the shape of the logits."""
        return index_cross_entropy_vjp(
            torch.full((), grad_loss, dtype=logits.dtype, device=logits.device),
            logits,
            target,
            self._weight(logits),
            Convention(None, self.reduction, self.label_smoothing),
        )

    def _weight(self, logits: Tensor) -> Tensor | None:
        if self.balanced and self.weight is None:
            raise RuntimeError(
                "CrossEntropyLoss: expected fit(y, classes) before the first use with weight='balanced'; a trainer with "
                "a data module calls it"
            )
        return None if self.weight is None else self.weight.to(logits)

    def extra_repr(self) -> str:
        """Show the arguments in the summary."""
        return f"label_smoothing={self.label_smoothing}, reduction={self.reduction!r}"
