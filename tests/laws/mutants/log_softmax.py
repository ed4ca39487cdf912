"""Mutants of `log_softmax`."""

from __future__ import annotations

import torch

from handgrad import ops
from handgrad.ops._hand_function import save
from handgrad.ops._log_softmax import LogSoftmaxFunction
from laws.mutants.mutant import Family, drawn

LOG_SOFTMAX = Family("log_softmax", ops.log_softmax)


def rows():
    """5 samples, 3 classes."""
    return [drawn(5, 3), -1]


@LOG_SOFTMAX.mutant(rows, None)
class LogarithmsForProbabilities(LogSoftmaxFunction):
    """v − y Σ v, with y for p = e^y."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return grad_y - y * grad_y.sum(ctx.dim, keepdim=True), None


@LOG_SOFTMAX.mutant(rows, "local_derivative_missing")
class NormaliserForgotten(LogSoftmaxFunction):
    """The logarithm of the sum is taken for a constant."""

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y.clone(), None


@LOG_SOFTMAX.mutant(rows, "constant_term")
class OwnTermForgotten(LogSoftmaxFunction):
    """−p Σ v, without v."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return -y.exp() * grad_y.sum(ctx.dim, keepdim=True), None


@LOG_SOFTMAX.mutant(rows, "off_diagonal_missing")
class SumForgotten(LogSoftmaxFunction):
    """v − p v."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return grad_y - y.exp() * grad_y, None


@LOG_SOFTMAX.mutant(rows, "wrong_dimension")
class SummedOverSamples(LogSoftmaxFunction):
    """The sum runs over the samples."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return grad_y - y.exp() * grad_y.sum(0, keepdim=True), None


@LOG_SOFTMAX.mutant(rows, "factor_per_size")
class UpstreamAveraged(LogSoftmaxFunction):
    """The whole is divided by the number of classes, as if forward took a mean."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return (grad_y - y.exp() * grad_y.sum(ctx.dim, keepdim=True)) / y.shape[ctx.dim], None


@LOG_SOFTMAX.mutant(rows, "saved_intermediate", "second_reverse", "second_reverse_forward", "second_forward")
class ProbabilitiesSaved(LogSoftmaxFunction):
    """p is computed in forward and saved."""

    @staticmethod
    def setup_context(ctx, inputs, output):
        save(ctx, output.exp())
        ctx.dim = inputs[1]

    @staticmethod
    def backward(ctx, grad_y):
        (p,) = ctx.saved_tensors
        return grad_y - p * grad_y.sum(ctx.dim, keepdim=True), None


@LOG_SOFTMAX.mutant(rows, "not_finite", "extreme_inputs", oracle=ops.log_softmax)
class LogarithmOfSoftmax(LogSoftmaxFunction):
    """log(softmax(x)), whose value is −∞ where a probability underflows."""

    @staticmethod
    def forward(x, dim):
        return torch.softmax(x, dim).log()


@LOG_SOFTMAX.mutant(rows, "upstream_strides", "upstream_strided", "upstream_expanded", "escaped")
class StridesOfOutput(LogSoftmaxFunction):
    """v is read with the strides of y."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        grad = torch.as_strided(grad_y, y.shape, y.stride())
        return grad - y.exp() * grad.sum(ctx.dim, keepdim=True), None


@LOG_SOFTMAX.mutant(rows, "jvp_wrong", "jvp", "func_FRR", "func_RFR")
class TangentByAdjoint(LogSoftmaxFunction):
    """jvp is the formula of backward, Jᵀ ẋ, though J is not symmetric."""

    @staticmethod
    def jvp(ctx, tangent_x, _):
        (y,) = ctx.saved_tensors
        return tangent_x - y.exp() * tangent_x.sum(ctx.dim, keepdim=True)


@LOG_SOFTMAX.mutant(rows, "jacobian_transposed")
class TransposedJacobian(LogSoftmaxFunction):
    """backward is the formula of jvp, J v, though J is not symmetric."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return grad_y - (y.exp() * grad_y).sum(ctx.dim, keepdim=True), None
