"""Mutants of `cross_entropy` with class indices; mean over the batch unless the case says otherwise."""

from __future__ import annotations

import torch

from handgrad import ops
from handgrad.ops._cross_entropy import IndexCrossEntropyFunction
from handgrad.ops._hand_function import save
from laws.mutants.mutant import Family, drawn

CROSS_ENTROPY = Family("cross_entropy", ops.cross_entropy)
TARGET = torch.tensor([0, 2, 1, 1, 0])


def batch():
    """5 samples of 3 classes, the mean over the batch."""
    return [drawn(5, 3), TARGET.clone(), None, -100, "mean", 0.0]


def ignoring():
    """Two of the five samples are ignored."""
    return [drawn(5, 3), TARGET.clone(), None, 1, "mean", 0.0]


def weighted():
    """The classes have weights."""
    weight = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
    return [drawn(5, 3).requires_grad_(), TARGET.clone(), weight, -100, "sum", 0.0]


def smoothed():
    """A fifth of the target is spread evenly."""
    return [drawn(5, 3), TARGET.clone(), None, -100, "mean", 0.2]


def residual(x, target):
    """p − t."""
    return torch.softmax(x, 1) - torch.nn.functional.one_hot(target, x.shape[1]).to(x.dtype)


@CROSS_ENTROPY.mutant(batch, "convention")
class NotDivided(IndexCrossEntropyFunction):
    """p − t, not divided by the batch size."""

    @staticmethod
    def backward(ctx, grad_loss):
        x, target, _ = ctx.saved_tensors
        return grad_loss * residual(x, target), *[None] * 5


@CROSS_ENTROPY.mutant(batch, "convention")
class DividedByClassesToo(IndexCrossEntropyFunction):
    """The gradient is the chapter's, the value is torch's."""

    @staticmethod
    def backward(ctx, grad_loss):
        x, target, _ = ctx.saved_tensors
        return grad_loss * residual(x, target) / x.numel(), *[None] * 5


@CROSS_ENTROPY.mutant(batch, "upstream_ignored")
class UpstreamIgnored(IndexCrossEntropyFunction):
    """The loss is taken for the end of the graph."""

    @staticmethod
    def backward(ctx, grad_loss):
        x, target, _ = ctx.saved_tensors
        return residual(x, target) / len(x), *[None] * 5


@CROSS_ENTROPY.mutant(batch, "softmax_missing")
class SoftmaxForgotten(IndexCrossEntropyFunction):
    """x − t."""

    @staticmethod
    def backward(ctx, grad_loss):
        x, target, _ = ctx.saved_tensors
        one_hot = torch.nn.functional.one_hot(target, x.shape[1])
        return grad_loss * (x - one_hot) / len(x), *[None] * 5


@CROSS_ENTROPY.mutant(batch, "constant_term")
class TargetForgotten(IndexCrossEntropyFunction):
    """p, without − t."""

    @staticmethod
    def backward(ctx, grad_loss):
        x, _, _ = ctx.saved_tensors
        return grad_loss * torch.softmax(x, 1) / len(x), *[None] * 5


@CROSS_ENTROPY.mutant(ignoring, "mask_missing")
class IgnoredSamplesCount(IndexCrossEntropyFunction):
    """Ignored samples get a gradient, too."""

    @staticmethod
    def backward(ctx, grad_loss):
        x, target, _ = ctx.saved_tensors
        return grad_loss * residual(x, target) / (target != ctx.convention[0]).sum(), *[None] * 5


@CROSS_ENTROPY.mutant(ignoring, "factor")
class DividedByWholeBatch(IndexCrossEntropyFunction):
    """The gradient is divided by 5 samples, of which 3 count."""

    @staticmethod
    def backward(ctx, grad_loss):
        x, target, _ = ctx.saved_tensors
        counts = (target != ctx.convention[0]).unsqueeze(1)
        return grad_loss * torch.where(counts, residual(x, target), 0.0) / len(x), *[None] * 5


@CROSS_ENTROPY.mutant(batch, "sign")
class Negated(IndexCrossEntropyFunction):
    """t − p."""

    @staticmethod
    def backward(ctx, grad_loss):
        x, target, _ = ctx.saved_tensors
        return -grad_loss * residual(x, target) / len(x), *[None] * 5


@CROSS_ENTROPY.mutant(weighted, None)
class WeightsForgotten(IndexCrossEntropyFunction):
    """The class weights are in the value and not in the gradient."""

    @staticmethod
    def backward(ctx, grad_loss):
        x, target, _ = ctx.saved_tensors
        return grad_loss * residual(x, target), *[None] * 5


@CROSS_ENTROPY.mutant(batch, "factor_half")
class Halved(IndexCrossEntropyFunction):
    """Half the gradient."""

    @staticmethod
    def backward(ctx, grad_loss):
        x, target, _ = ctx.saved_tensors
        return 0.5 * grad_loss * residual(x, target) / len(x), *[None] * 5


@CROSS_ENTROPY.mutant(
    smoothed, "constant_term", "vjp", "adjoint", "kink_threshold", "func_grad", "func_vjp", "func_jacrev", "func_R"
)
class SmoothingForgotten(IndexCrossEntropyFunction):
    """The label smoothing is in the value and not in the gradient."""

    @staticmethod
    def backward(ctx, grad_loss):
        x, target, _ = ctx.saved_tensors
        return grad_loss * residual(x, target) / len(x), *[None] * 5


@CROSS_ENTROPY.mutant(batch, "saved_intermediate", "second_reverse")
class ResidualSaved(IndexCrossEntropyFunction):
    """p − t is computed in forward and saved, as fused kernels do."""

    @staticmethod
    def setup_context(ctx, inputs, output):
        save(ctx, residual(inputs[0], inputs[1]))

    @staticmethod
    def backward(ctx, grad_loss):
        (saved,) = ctx.saved_tensors
        return grad_loss * saved / len(saved), *[None] * 5


@CROSS_ENTROPY.mutant(batch, "saved_modified", "repeatable")
class ResidualConsumed(IndexCrossEntropyFunction):
    """p − t is saved and scaled in place, so that a second backward pass scales it again."""

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.residual = residual(inputs[0], inputs[1])

    @staticmethod
    def backward(ctx, grad_loss):
        return ctx.residual.mul_(grad_loss / len(ctx.residual)), *[None] * 5
