"""Mutants of `relu`."""

from __future__ import annotations

import torch

from handgrad import ops
from handgrad.ops._hand_function import save
from handgrad.ops._relu import ReLUFunction
from laws.mutants.mutant import Family, drawn

RELU = Family("relu", ops.relu)


def table():
    """5 samples, 3 columns, no zeros."""
    return [drawn(5, 3)]


def kinked():
    """With zeros, where the function has a kink."""
    x = drawn(5, 3)
    x[0, 0] = x[2, 1] = 0.0
    return [x]


@RELU.mutant(table, "mask_inverted")
class MaskInverted(ReLUFunction):
    """v passes where y is 0."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return grad_y.masked_fill(y > 0, 0.0)


@RELU.mutant(table, "mask_missing", "vjp", "freed_graph")
class MaskForgotten(ReLUFunction):
    """v passes everywhere."""

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y.clone()


@RELU.mutant(table, "upstream_masked", "vjp", "vjp_linear")
class MaskOfUpstream(ReLUFunction):
    """v passes where v is positive."""

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y.masked_fill(grad_y <= 0, 0.0)


@RELU.mutant(table, "mask_wrong")
class ThresholdRaised(ReLUFunction):
    """v passes where y > 1."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return grad_y.masked_fill(y <= 1, 0.0)


@RELU.mutant(table, "mask_wrong")
class MaskOfAnotherRow(ReLUFunction):
    """The mask is that of the sample before."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return grad_y.masked_fill(y.roll(1, 0) <= 0, 0.0)


@RELU.mutant(table, "mask_missing")
class Leaking(ReLUFunction):
    """A hundredth of v passes where y is 0, as if it were the leaky one."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return torch.where(y > 0, grad_y, 0.01 * grad_y)


@RELU.mutant(kinked, "kink", "kink_zero", "kink_ties", "extreme_large")
class TwiceAtKink(ReLUFunction):
    """At x = 0 the slope is 2: a sum of what is to the left and to the right, and one more."""

    @staticmethod
    def setup_context(ctx, inputs, output):
        save(ctx, *inputs)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        return torch.where(x > 0, grad_y, 0.0) + 2 * torch.where(x == 0, grad_y, 0.0)

    @staticmethod
    def jvp(ctx, tangent_x):
        return TwiceAtKink.backward(ctx, tangent_x)


@RELU.mutant(table, "upstream_modified", "upstream_kept", "func_inference_mode", "traced_func")
class UpstreamZeroed(ReLUFunction):
    """v is set to zero in place where y is 0."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        grad_y[y <= 0] = 0.0
        return grad_y


@RELU.mutant(table, "part_of_batch", "vjp", "extreme_upstream")
class LastSampleForgotten(ReLUFunction):
    """The loop over samples ends one too early."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        grad_x = grad_y.masked_fill(y <= 0, 0.0)
        return torch.cat([grad_x[:-1], torch.zeros_like(grad_x[-1:])])


_masks: list[torch.Tensor] = []


@RELU.mutant(table, "state_outside_context", "jvp_linear", "overlapping_calls")
class MasksInGlobalList(ReLUFunction):
    """Masks are stacked in a global list and taken from its end."""

    @staticmethod
    def setup_context(ctx, inputs, output):
        _masks.append(output > 0)

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y.masked_fill(~_masks[-1], 0.0)


@RELU.mutant(table, "factor_half")
class Halved(ReLUFunction):
    """The slope of |x| / 2 + x / 2 without its second half."""

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved_tensors
        return 0.5 * grad_y.masked_fill(y <= 0, 0.0)


@RELU.mutant(table, "not_finite", "kink_all_zero", "extreme_inputs", "extreme_pairs", oracle=ops.relu)
class MaskByMultiplication(ReLUFunction):
    """v · x / x, which is 0/0 at x = 0."""

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(output)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        return grad_y * x.clamp(0) / x


@RELU.mutant(table, "saved_modified", "repeatable")
class MaskConsumed(ReLUFunction):
    """The mask is an attribute that backward inverts in place and uses."""

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.shut = output > 0

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y.masked_fill(ctx.shut.logical_not_(), 0.0)


@RELU.mutant(table, None, "anomaly")
def square_of_root(x):
    """(√max(0, x))², whose root has an infinite slope where nobody looks, and anomaly mode does."""
    root = torch.relu(x).sqrt()
    return torch.where(x > 0, root * root, 0.0)


@torch.library.custom_op("handgrad_mutants::relu_flat", mutates_args=())
def _relu(x: torch.Tensor) -> torch.Tensor:
    return x.clamp(min=0)


@_relu.register_fake
def _(x):
    return x.new_empty(x.shape, dtype=torch.float16)


def _save_output(ctx, inputs, output):
    ctx.save_for_backward(output)


def _open(ctx, grad_y):
    return grad_y.masked_fill(ctx.saved_tensors[0] <= 0, 0.0)


_relu.register_autograd(_open, setup_context=_save_output)


@RELU.mutant(table, None, "meta", "fake")
def half_for_compilers(x):
    """What is registered for fake tensors, with which compilers trace, has another dtype."""
    return _relu(x)
