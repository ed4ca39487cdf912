"""Mutants of `cross_entropy_on_probabilities`, with the chapter's convention: 1/(B·K)."""

from __future__ import annotations

from handgrad import ops
from handgrad.ops._cross_entropy_on_probabilities import CrossEntropyOnProbabilitiesFunction
from laws.mutants.mutant import Family, drawn

ON_PROBABILITIES = Family("cross_entropy_on_probabilities", ops.cross_entropy_on_probabilities)


def batch():
    """5 samples of 3 classes."""
    return [drawn(5, 3).softmax(1), drawn(5, 3, seed=1).softmax(1), "chapter"]


@ON_PROBABILITIES.mutant(batch, "sign")
class MinusForgotten(CrossEntropyOnProbabilitiesFunction):
    """ȳ is t / y."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = grad_loss / y.numel()
        return grad * target / y, -grad * y.log(), None


@ON_PROBABILITIES.mutant(batch, None)
class ReciprocalForgotten(CrossEntropyOnProbabilitiesFunction):
    """ȳ is −t: the logarithm is taken for its argument."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = grad_loss / y.numel()
        return -grad * target, -grad * y.log(), None


@ON_PROBABILITIES.mutant(batch, "swapped")
class Exchanged(CrossEntropyOnProbabilitiesFunction):
    """ȳ and t̄ are exchanged."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = grad_loss / y.numel()
        return -grad * y.log(), -grad * target / y, None


@ON_PROBABILITIES.mutant(batch, "convention")
class ClassesForgotten(CrossEntropyOnProbabilitiesFunction):
    """The gradient is torch's, divided by the batch only."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = grad_loss / len(y)
        return -grad * target / y, -grad * y.log(), None


@ON_PROBABILITIES.mutant(batch, "missing_gradient")
class TargetForgotten(CrossEntropyOnProbabilitiesFunction):
    """t̄ is zero."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        return -grad_loss / y.numel() * target / y, 0 * target, None


@ON_PROBABILITIES.mutant(batch, "transposed")
class TargetTransposed(CrossEntropyOnProbabilitiesFunction):
    """t̄ is returned transposed."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = grad_loss / y.numel()
        return -grad * target / y, -grad * y.log().mT, None


@ON_PROBABILITIES.mutant(batch, None)
class Guarded(CrossEntropyOnProbabilitiesFunction):
    """A tenth is added to y against division by zero."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = grad_loss / y.numel()
        return -grad * target / (y + 0.1), -grad * y.log(), None


@ON_PROBABILITIES.mutant(batch, "upstream_squared", "vjp", "hooks")
class UpstreamSquared(CrossEntropyOnProbabilitiesFunction):
    """L̄ is multiplied in by the scale and by the formula."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = grad_loss / y.numel()
        return -grad * grad_loss * target / y, -grad * grad_loss * y.log(), None


@ON_PROBABILITIES.mutant(batch, "part_of_batch")
class WithoutReductionOneSample(CrossEntropyOnProbabilitiesFunction):
    """Without reduction only the first sample sends a gradient back."""

    @staticmethod
    def forward(y, target, reduction):
        return -(target * y.log()).sum(1)

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = (grad_loss * (grad_loss.new_ones(len(y)).cumsum(0) == 1)).unsqueeze(1)
        return -grad * target / y, -grad * y.log(), None

    jvp = None
