"""Mutants of `mse_loss`; the mean over all entries unless the case says otherwise."""

from __future__ import annotations

import torch

from handgrad import ops
from handgrad.ops._hand_function import save
from handgrad.ops._mse_loss import MSELossFunction
from laws.mutants.mutant import Family, drawn

MSE_LOSS = Family("mse_loss", ops.mse_loss)


def batch():
    """5 samples of 3 outputs."""
    return [drawn(5, 3), drawn(5, 3, seed=1), "mean"]


def half_sum():
    """The books' ½ Σ."""
    return [drawn(5, 3), drawn(5, 3, seed=1), "half_sum"]


def broadcast():
    """One target for every sample."""
    return [drawn(5, 3), drawn(3), "mean"]


@MSE_LOSS.mutant(batch, "factor_half")
class TwoForgotten(MSELossFunction):
    """(y − t) / N."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = grad_loss * (y - target) / y.numel()
        return grad, -grad, None


@MSE_LOSS.mutant(half_sum, "factor_two")
class HalfForgotten(MSELossFunction):
    """2 (y − t), where the value has a ½."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = 2 * grad_loss * (y - target)
        return grad, -grad, None


@MSE_LOSS.mutant(batch, "convention")
class DividedByBatchOnly(MSELossFunction):
    """The mean runs over the samples in the gradient, and over all entries in the value."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = 2 * grad_loss * (y - target) / len(y)
        return grad, -grad, None


@MSE_LOSS.mutant(batch, "convention")
class NotDivided(MSELossFunction):
    """The gradient is that of the sum."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = 2 * grad_loss * (y - target)
        return grad, -grad, None


@MSE_LOSS.mutant(half_sum, "convention")
class MeanOfHalfSum(MSELossFunction):
    """The value is the half sum, the gradient that of the mean over the batch without its 2: (y − t) 2 / N."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = 2 * grad_loss * (y - target) / y.numel()
        return grad, -grad, None


@MSE_LOSS.mutant(batch, "missing_gradient")
class TargetForgotten(MSELossFunction):
    """t̄ is None: who would want it."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        return 2 * grad_loss * (y - target) / y.numel(), None, None


@MSE_LOSS.mutant(batch, "sign")
class TargetAsOutput(MSELossFunction):
    """t̄ is ȳ, without its minus."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = 2 * grad_loss * (y - target) / y.numel()
        return grad, grad, None


@MSE_LOSS.mutant(batch, "upstream_ignored")
class UpstreamIgnored(MSELossFunction):
    """The loss is taken for the end of the graph."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = 2 * (y - target) / y.numel()
        return grad, -grad, None


@MSE_LOSS.mutant(batch, None)
class AbsoluteError(MSELossFunction):
    """The sign of y − t: the gradient of the absolute error."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = grad_loss * (y - target).sign() / y.numel()
        return grad, -grad, None


@MSE_LOSS.mutant(broadcast, "not_summed", "broadcasting", "rule_shapes", "mixed_dtypes")
class TargetNotSummed(MSELossFunction):
    """t̄ has a row a sample, where t has one for all."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = 2 * grad_loss * (y - target) / y.numel()
        return grad, -grad, None


@MSE_LOSS.mutant(batch, "inputs_modified", "vjp_batched", "vmap_vjp", "rule_needed", "inputs_kept")
class DifferenceInPlace(MSELossFunction):
    """y − t is computed in y."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = 2 * grad_loss * y.detach().sub_(target) / y.numel()
        return grad, -grad, None


@MSE_LOSS.mutant(batch, "detached", "second_reverse")
class DifferenceDetached(MSELossFunction):
    """y − t is computed without its history."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = (tensor.detach() for tensor in ctx.saved_tensors)
        grad = 2 * grad_loss * (y - target) / y.numel()
        return grad, -grad, None


@MSE_LOSS.mutant(
    batch,
    "jvp_wrong",
    "jvp",
    "jvp_subsets",
    "func_jvp",
    "func_linearize",
    "func_jacfwd",
    "func_hessian_forward",
    "func_hessian_mixed",
    "func_F",
    "func_FF",
    "func_RF",
)
class TangentOfTargetAdded(MSELossFunction):
    """L̇ has ẏ + ṫ for ẏ − ṫ."""

    @staticmethod
    def jvp(ctx, tangent_y, tangent_target, _):
        y, target = ctx.saved_tensors
        tangent = sum(tangent for tangent in (tangent_y, tangent_target) if tangent is not None)
        return (2 * (y - target) * tangent).mean()


@MSE_LOSS.mutant(batch, "needs_input_grad", "subsets")
class WrongFlag(MSELossFunction):
    """Each gradient is computed if the other one is wanted."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        needs_target, needs_y, _ = ctx.needs_input_grad
        grad = 2 * grad_loss * (y - target) / y.numel()
        return grad if needs_y else None, -grad if needs_target else None, None


@MSE_LOSS.mutant(batch, "wrong_dtype", "rule_dtypes")
class FixedDtype(MSELossFunction):
    """The divisor is a float32 tensor, and so are the gradients."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        grad = (2 * grad_loss * (y - target)).to(torch.float32) / y.numel()
        return grad, -grad, None


@MSE_LOSS.mutant(batch, None, "same_tensor")
class SameTensorOnce(MSELossFunction):
    """Where y is t itself, both have the gradient of y."""

    @staticmethod
    def backward(ctx, grad_loss):
        y, target = ctx.saved_tensors
        same = y.data_ptr() == target.data_ptr()
        grad = 2 * grad_loss * (y - target + same) / y.numel()
        return grad, grad if same else -grad, None


@MSE_LOSS.mutant(half_sum, "saved_modified", "saved_kept", "own_memory")
class ResidualReturned(MSELossFunction):
    """y − t is saved, scaled in place, and returned itself."""

    @staticmethod
    def setup_context(ctx, inputs, output):
        save(ctx, inputs[0] - inputs[1])

    @staticmethod
    def backward(ctx, grad_loss):
        grad = ctx.saved_tensors[0].mul_(grad_loss)
        return grad, -grad, None
