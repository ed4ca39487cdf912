"""Mutants of `ensemble_linear`."""

from __future__ import annotations

from handgrad import ops
from handgrad.ops._ensemble_linear import EnsembleLinearFunction
from laws.mutants.mutant import Family, drawn

ENSEMBLE_LINEAR = Family("ensemble_linear", ops.ensemble_linear)


def apart():
    """Sizes that all differ: 2 members, 5 samples, 3 inputs, 4 outputs, a batch for each member."""
    return [drawn(2, 5, 3), drawn(2, 4, 3), drawn(2, 4)]


def square():
    """As many outputs as inputs, which hides a transpose."""
    return [drawn(2, 5, 3), drawn(2, 3, 3), drawn(2, 3)]


def shared():
    """One batch for three members."""
    return [drawn(5, 3), drawn(3, 4, 3), drawn(3, 4)]


@ENSEMBLE_LINEAR.mutant(square, "transposed")
class TransposedWeights(EnsembleLinearFunction):
    """W̄_m is x_mᵀ v_m instead of v_mᵀ x_m."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, x.mT @ grad_y, grad_y.sum(1)


@ENSEMBLE_LINEAR.mutant(apart, "factor_per_size")
class BiasesAveraged(EnsembleLinearFunction):
    """b̄_m is the mean over the batch instead of the sum."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, grad_y.mT @ x, grad_y.mean(1)


@ENSEMBLE_LINEAR.mutant(apart, "upstream_ignored", "vjp", "vjp_linear")
class UpstreamOfOnes(EnsembleLinearFunction):
    """The upstream gradient is taken for ones."""

    @staticmethod
    def backward(ctx, grad_y):
        return EnsembleLinearFunction.backward(ctx, grad_y.new_ones(grad_y.shape))


@ENSEMBLE_LINEAR.mutant(apart, "sign")
class WeightsAscend(EnsembleLinearFunction):
    """W̄_m has the wrong sign."""

    @staticmethod
    def backward(ctx, grad_y):
        grad_x, grad_weight, grad_bias = EnsembleLinearFunction.backward(ctx, grad_y)
        return grad_x, -grad_weight, grad_bias


@ENSEMBLE_LINEAR.mutant(apart, None)
class MembersSwapped(EnsembleLinearFunction):
    """x̄_m is multiplied with the weights of the other member."""

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight.flip(0), grad_y.mT @ x, grad_y.sum(1)


@ENSEMBLE_LINEAR.mutant(shared, "part_of_batch")
class OneMemberHeard(EnsembleLinearFunction):
    """A shared x hears from the first member alone."""

    @staticmethod
    def backward(ctx, grad_y):
        _, grad_weight, grad_bias = EnsembleLinearFunction.backward(ctx, grad_y)
        return grad_y[0] @ ctx.saved_tensors[1][0], grad_weight, grad_bias


@ENSEMBLE_LINEAR.mutant(shared, "factor_per_batch")
class MembersAveraged(EnsembleLinearFunction):
    """A shared x hears the mean over the members instead of the sum."""

    @staticmethod
    def backward(ctx, grad_y):
        grad_x, grad_weight, grad_bias = EnsembleLinearFunction.backward(ctx, grad_y)
        return grad_x / len(grad_y), grad_weight, grad_bias


@ENSEMBLE_LINEAR.mutant(apart, "jvp_wrong", "jvp")
class TangentOfBiasForgotten(EnsembleLinearFunction):
    """ẏ leaves ḃ out."""

    @staticmethod
    def jvp(ctx, tangent_x, tangent_weight, tangent_bias):
        return EnsembleLinearFunction.jvp(ctx, tangent_x, tangent_weight, None)
