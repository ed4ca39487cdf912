"""Mutants of `linear`."""

from __future__ import annotations

import time

import torch

from handgrad import ops
from handgrad.ops._hand_function import save
from handgrad.ops._linear import LinearFunction
from laws.mutants.mutant import Family, drawn

LINEAR = Family("linear", ops.linear)


def oblong():
    """Sizes that all differ: 5 samples, 3 inputs, 4 outputs."""
    return [drawn(5, 3), drawn(4, 3), drawn(4)]


def square():
    """As many outputs as inputs, which hides a transpose."""
    return [drawn(5, 3), drawn(3, 3), drawn(3)]


def cube():
    """As many samples, too."""
    return [drawn(3, 3), drawn(3, 3, seed=1), drawn(3)]


def vector():
    """One sample without a batch dimension."""
    return [drawn(3), drawn(4, 3), drawn(4)]


@LINEAR.mutant(square, "transposed")
class TransposedWeight(LinearFunction):
    """W̄ is xᵀ v instead of vᵀ x."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, x.mT @ grad_y, grad_y.sum(0)


@LINEAR.mutant(oblong, "transposed")
class TransposedOblongWeight(LinearFunction):
    """W̄ is xᵀ v, whose shape is the transposed one."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, x.mT @ grad_y, grad_y.sum(0)


@LINEAR.mutant(square, "jacobian_transposed")
class ProductWithTransposedWeight(LinearFunction):
    """x̄ is v Wᵀ instead of v W."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight.mT, grad_y.mT @ x, grad_y.sum(0)


@LINEAR.mutant(oblong, "factor_per_batch")
class BiasAveraged(LinearFunction):
    """b̄ is the mean over the batch instead of the sum."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, grad_y.mT @ x, grad_y.mean(0)


@LINEAR.mutant(oblong, "factor_per_batch", "second_symmetric")
class WeightDividedByBatch(LinearFunction):
    """W̄ is divided by the batch size, as books do whose loss has no mean."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, grad_y.mT @ x / len(x), grad_y.sum(0)


@LINEAR.mutant(oblong, "factor_batch")
class BiasTimesBatch(LinearFunction):
    """b̄ is multiplied by the batch size."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, grad_y.mT @ x, len(x) * grad_y.sum(0)


@LINEAR.mutant(oblong, "not_summed", "rule_shapes")
class BiasNotSummed(LinearFunction):
    """b̄ is v, one row a sample."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, grad_y.mT @ x, grad_y


@LINEAR.mutant(oblong, "part_of_batch", "vjp", "empty_batch")
class BiasOfFirstSample(LinearFunction):
    """b̄ is the first row of v."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, grad_y.mT @ x, grad_y[0]


@LINEAR.mutant(oblong, "missing_gradient")
class BiasForgotten(LinearFunction):
    """b̄ is None."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, grad_y.mT @ x, None


@LINEAR.mutant(cube, "swapped")
class WeightForX(LinearFunction):
    """x̄ and W̄ are exchanged."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y.mT @ x, grad_y @ weight, grad_y.sum(0)


@LINEAR.mutant(oblong, "swapped")
class OblongWeightForX(LinearFunction):
    """x̄ and W̄ are exchanged, and their shapes differ."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y.mT @ x, grad_y @ weight, grad_y.sum(0)


@LINEAR.mutant(oblong, "sign")
class BiasNegated(LinearFunction):
    """b̄ has the wrong sign, the others have not."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, grad_y.mT @ x, -grad_y.sum(0)


@LINEAR.mutant(oblong, "upstream_ignored")
class UpstreamIgnored(LinearFunction):
    """x̄ is 1 W: the upstream gradient is taken for ones."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return torch.ones_like(grad_y) @ weight, grad_y.mT @ x, grad_y.sum(0)


@LINEAR.mutant(oblong, "upstream_offset")
class WeightDecayInside(LinearFunction):
    """W̄ has a weight decay added."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, grad_y.mT @ x + 0.1 * weight, grad_y.sum(0)


@LINEAR.mutant(oblong, "wrong_number_of_gradients")
class BiasNotReturned(LinearFunction):
    """Two gradients for three arguments."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, grad_y.mT @ x


@LINEAR.mutant(vector, "wrong_shape")
class BatchAssumed(LinearFunction):
    """v x for a single sample is a number instead of a matrix: the trap of the 1-D input."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, (grad_y.sum() * x).sum(), grad_y


@LINEAR.mutant(oblong, "inputs_modified", "inputs_kept")
class InputFreed(LinearFunction):
    """x is set to zero once it is used."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        grad_weight = grad_y.mT @ x
        x.zero_()
        return grad_y @ weight, grad_weight, grad_y.sum(0)


@LINEAR.mutant(oblong, "needs_input_grad", "subsets")
class BiasWithWeightOnly(LinearFunction):
    """b̄ is computed only if W̄ is wanted."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        if not ctx.needs_input_grad[1]:
            return grad_y @ weight, None, None
        return grad_y @ weight, grad_y.mT @ x, grad_y.sum(0)


@LINEAR.mutant(oblong, "upstream_strides", "upstream_transposed", "upstream_narrowed", "upstream_expanded")
class UpstreamViewed(LinearFunction):
    """v is flattened by view, which a transposed or expanded v refuses."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        rows = grad_y.view(-1).view(-1, weight.shape[0])
        return rows @ weight, rows.mT @ x, rows.sum(0)


@LINEAR.mutant(oblong, "upstream_strides", "upstream_expanded")
class UpstreamTakenForContiguous(LinearFunction):
    """v is read row by row, as a kernel does that gets a bare pointer."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        rows = grad_y.as_strided(grad_y.shape, (weight.shape[0], 1))
        return rows @ weight, rows.mT @ x, rows.sum(0)


@LINEAR.mutant(oblong, "input_strides", "inputs_transposed", "inputs_narrowed", "inputs_expanded")
class InputViewed(LinearFunction):
    """x is flattened by view in backward, which a transposed x refuses."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, grad_y.mT @ x.view(-1).view(x.shape), grad_y.sum(0)


@LINEAR.mutant(oblong, "jvp_wrong", "jvp")
class TangentOfWeightForgotten(LinearFunction):
    """ẏ lacks x Ẇᵀ."""

    @staticmethod
    def jvp(ctx, tangent_x, tangent_weight, tangent_bias):
        x, weight = ctx.saved_tensors
        tangent_y = torch.zeros_like(x @ weight.mT) if tangent_x is None else tangent_x @ weight.mT
        return tangent_y if tangent_bias is None else tangent_y + tangent_bias


@LINEAR.mutant(oblong, "detached", "second_reverse", "second_forward_reverse", "func_hessian", "func_FR")
class WeightDetached(LinearFunction):
    """x̄ is computed from W without its history."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight.detach(), grad_y.mT @ x, grad_y.sum(0)


@LINEAR.mutant(oblong, "state_outside_context", "func_RFF", "overlapping_calls", "saved_by_torch", "leak")
class StateOnClass(LinearFunction):
    """x is kept on the class, where the next call overwrites it."""

    @staticmethod
    def setup_context(ctx, inputs, output):
        StateOnClass.x = inputs[0]
        save(ctx, inputs[0], inputs[1])

    @staticmethod
    def backward(ctx, grad_y):
        _, weight = ctx.saved_tensors
        return grad_y @ weight, grad_y.mT @ StateOnClass.x, grad_y.sum(0)


@LINEAR.mutant(oblong, "wrong_dtype", "rule_dtypes")
class BiasInFloat32(LinearFunction):
    """b̄ is summed in float32, whatever b is."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, grad_y.mT @ x, grad_y.sum(0, dtype=torch.float32)


@LINEAR.mutant(oblong, "grad_accumulated", "checkpoint_reentrant")
class GradWritten(LinearFunction):
    """backward fills b.grad itself, and returns None for it."""

    @staticmethod
    def setup_context(ctx, inputs, output):
        save(ctx, *inputs)

    @staticmethod
    def backward(ctx, grad_y):
        x, weight, bias = ctx.saved_tensors
        bias.grad = grad_y.sum(0)
        return grad_y @ weight, grad_y.mT @ x, grad_y.sum(0)


@LINEAR.mutant(
    oblong, "vmap_rule", "vmap", "vmap_last", "vmap_subsets", "vmap_vmap", "grad_vmap", "backward_vmap", "jvp_vmap"
)
class BatchDimensionAssumed(LinearFunction):
    """The batching rule takes the batch dimension for the first one, and drops the tensors' own."""

    generate_vmap_rule = False

    @staticmethod
    def vmap(info, in_dims, x, weight, bias):
        return LinearFunction.apply(x.flip(0), weight[0], bias[0]), 0


@LINEAR.mutant(oblong, "state_outside_context", "threads", "func_threads")
class StateOnClassForAMoment(LinearFunction):
    """W is on the class for as long as forward takes, and another thread may come in between."""

    @staticmethod
    def forward(x, weight, bias):
        StateOnClassForAMoment.weight = weight
        time.sleep(0.002)  # as long as a kernel may take that lets other threads run
        return torch.nn.functional.linear(x, StateOnClassForAMoment.weight, bias)


@LINEAR.mutant(oblong, None, "parameters")
def data_of_parameters(x, weight, bias):
    """A Parameter is taken by its data, as in old code, and gets no gradient."""
    return ops.linear(x, weight.data if isinstance(weight, torch.nn.Parameter) else weight, bias)


@LINEAR.mutant(oblong, "autocast", "autocast_outside")
def casts_forgotten(x, weight, bias):
    """apply alone, without the casts of the public op: forward runs in bfloat16, and backward meets float32."""
    return LinearFunction.apply(x, weight, bias)


@LINEAR.mutant(oblong, "state_outside_context", "used_twice")
class BufferForAll(LinearFunction):
    """W̄ is computed in a buffer that is allocated once for all calls."""

    buffer = torch.empty(4, 3, dtype=torch.float64)

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, torch.mm(grad_y.mT, x, out=BufferForAll.buffer), grad_y.sum(0)
