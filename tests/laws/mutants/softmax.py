"""Mutants of `softmax`."""

from __future__ import annotations

import torch
from torch.autograd import Function

from handgrad import ops
from handgrad.ops._hand_function import save
from handgrad.ops._softmax import SoftmaxFunction
from laws.mutants.mutant import Family, drawn

SOFTMAX = Family("softmax", ops.softmax)


def rows():
    """5 samples, 3 classes."""
    return [drawn(5, 3), -1]


def square():
    """As many samples as classes, which hides a sum over the wrong dimension."""
    return [drawn(3, 3), 1]


@SOFTMAX.mutant(rows, "off_diagonal_missing")
class DiagonalOnly(SoftmaxFunction):
    """y (1 − y), as for the sigmoid."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return grad_y * y * (1 - y), None


@SOFTMAX.mutant(rows, "diagonal_wrong")
class DiagonalMissing(SoftmaxFunction):
    """−y Σ y v, without y v."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return -y * (y * grad_y).sum(ctx.dim, keepdim=True), None


@SOFTMAX.mutant(rows, "wrong_dimension")
class SummedOverSamples(SoftmaxFunction):
    """The sum runs over the samples."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return y * grad_y - y * (y * grad_y).sum(0, keepdim=True), None


@SOFTMAX.mutant(rows, "wrong_dimension")
class SummedOverAll(SoftmaxFunction):
    """The sum runs over everything."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return y * grad_y - y * (y * grad_y).sum(), None


@SOFTMAX.mutant(square, "wrong_dimension")
class KeepdimForgotten(SoftmaxFunction):
    """The sum has lost its dimension and is broadcast along the other one."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return y * grad_y - y * (y * grad_y).sum(ctx.dim), None


@SOFTMAX.mutant(rows, "fed_with_input")
class FedWithInput(SoftmaxFunction):
    """The rule with x for y."""

    @staticmethod
    def setup_context(ctx, inputs, output):
        save(ctx, inputs[0])
        ctx.dim = inputs[1]

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        return x * grad_y - x * (x * grad_y).sum(ctx.dim, keepdim=True), None


@SOFTMAX.mutant(rows, None)
class CouplingAdded(SoftmaxFunction):
    """y v + y Σ y v."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return y * grad_y + y * (y * grad_y).sum(ctx.dim, keepdim=True), None


@SOFTMAX.mutant(rows, "sign")
class Negated(SoftmaxFunction):
    """y Σ y v − y v."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return y * (y * grad_y).sum(ctx.dim, keepdim=True) - y * grad_y, None


@SOFTMAX.mutant(rows, "not_finite", "extreme_inputs", oracle=ops.softmax)
class Overflowing(SoftmaxFunction):
    """e^x / Σ e^x without the maximum taken off, ∞/∞ for large x."""

    @staticmethod
    def forward(x, dim):
        return x.exp() / x.exp().sum(dim, keepdim=True)


@SOFTMAX.mutant(rows, "value_wrong", "value", oracle=ops.softmax)
class FirstDimension(SoftmaxFunction):
    """forward normalises along the first dimension, whatever is asked for, and backward fits it."""

    @staticmethod
    def forward(x, dim):
        return torch.softmax(x, 0)

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return y * grad_y - y * (y * grad_y).sum(0, keepdim=True), None


@SOFTMAX.mutant(rows, "factor_size")
class TimesClasses(SoftmaxFunction):
    """The whole is multiplied by the number of classes."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return y.shape[ctx.dim] * (y * grad_y - y * (y * grad_y).sum(ctx.dim, keepdim=True)), None


@SOFTMAX.mutant(rows, "factor_per_size")
class MeanOverClasses(SoftmaxFunction):
    """The whole is divided by the number of classes."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return (y * grad_y - y * (y * grad_y).sum(ctx.dim, keepdim=True)) / y.shape[ctx.dim], None


@SOFTMAX.mutant(
    rows, "upstream_modified", "inputs_strided", "inputs_offset", "upstream_kept", "float64", "autocast_off"
)
class UpstreamOverwritten(SoftmaxFunction):
    """y v is computed in v."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        weighted = grad_y.mul_(y)
        return weighted - y * weighted.sum(ctx.dim, keepdim=True), None


@SOFTMAX.mutant(rows, "jvp_wrong", "jvp")
class TangentDiagonalOnly(SoftmaxFunction):
    """jvp has only the diagonal of the Jacobian."""

    @staticmethod
    def jvp(ctx, tangent_x, _):
        (y,) = ctx.saved_tensors
        return tangent_x * y * (1 - y)


@SOFTMAX.mutant(
    rows, "vmap_rule", "vmap", "vmap_grad", "vmap_vmap_grad", "vmap_jvp", "vmap_grad_grad", "grad_vmap_grad"
)
class DimensionNotMoved(SoftmaxFunction):
    """Under vmap the rule sees the batch dimension in front, and sums along it."""

    generate_vmap_rule = False

    @staticmethod
    def vmap(info, in_dims, x, dim):
        return SoftmaxFunction.apply(x.movedim(in_dims[0], 0), 0), 0


class _SoftmaxAndLogarithm(Function):
    """Both at once, for a loss that needs both; backward is given None for an output that nobody used."""

    @staticmethod
    def forward(x, dim):
        return torch.softmax(x, dim), torch.log_softmax(x, dim)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*output)
        ctx.dim = inputs[1]

    @staticmethod
    def backward(ctx, grad_p, grad_log_p):
        p, _ = ctx.saved_tensors
        through_p = p * grad_p - p * (p * grad_p).sum(ctx.dim, keepdim=True)
        return through_p + grad_log_p - p * grad_log_p.sum(ctx.dim, keepdim=True), None


@SOFTMAX.mutant(rows, "undefined_upstream", "vjp_outputs", "func_hessian_reverse", "func_RR", "func_RRR")
def softmax_and_logarithm(x, dim):
    """Two outputs, and backward takes for granted that both were used."""
    return _SoftmaxAndLogarithm.apply(x, dim)


@SOFTMAX.mutant(rows, None, "subclass", "wrapper_subclass", "traced_fake", "traced_symbolic")
def unnormalised_for_subclasses(x, dim):
    """A fast path for plain tensors, and for all others the code of before, without the division."""
    return ops.softmax(x, dim) if type(x) in (torch.Tensor, torch.nn.Parameter) else x.exp()
