"""Mutants of `tanh`."""

from __future__ import annotations

import torch

from handgrad import ops
from handgrad.ops._tanh import TanhFunction
from laws.mutants.mutant import Family, drawn

TANH = Family("tanh", ops.tanh)


def table():
    """5 samples, 3 columns."""
    return [drawn(5, 3)]


@TANH.mutant(table, "fed_with_input")
class FedWithInput(TanhFunction):
    """1 − y² with x for y."""

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        return grad_y * (1 - x**2)


@TANH.mutant(table, "saturation", "saturation")
class Saturating(TanhFunction):
    """1 − y², as torch has it: right, and 0 in float32 from x = 9 on."""

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        return grad_y * (1 - torch.tanh(x) ** 2)


@TANH.mutant(table, None)
class PlusSquare(TanhFunction):
    """1 + y²."""

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        return grad_y * (1 + torch.tanh(x) ** 2)


@TANH.mutant(table, "not_finite", "extreme_inputs", oracle=ops.tanh)
class Overflowing(TanhFunction):
    """(cosh² − sinh²) / cosh², which is ∞ − ∞ from x = 45 on in float32."""

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        return grad_y * (torch.cosh(x) ** 2 - torch.sinh(x) ** 2) / torch.cosh(x) ** 2


@TANH.mutant(table, "derivative_inverted")
class SlopeInverted(TanhFunction):
    """v is divided by the slope."""

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        return grad_y * torch.cosh(x) ** 2


@TANH.mutant(table, "upstream_clipped")
class UpstreamClipped(TanhFunction):
    """v is clipped to [−½, ½] to keep gradients from exploding."""

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        return grad_y.clamp(-0.5, 0.5) / torch.cosh(x) ** 2


@TANH.mutant(table, "wrong_dtype", "rule_dtypes")
class AlwaysInFloat32(TanhFunction):
    """The slope is computed in float32, whatever x is."""

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        return (grad_y / torch.cosh(x) ** 2).float()


@TANH.mutant(table, "upstream_collapsed")
class UpstreamAveraged(TanhFunction):
    """Every entry gets the mean of v."""

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        return grad_y.mean() / torch.cosh(x) ** 2


@TANH.mutant(table, "detached", "second_reverse", "traced_real")
class ThroughNumbers(TanhFunction):
    """The slope goes through a list of Python numbers."""

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        return grad_y * torch.tensor((1 / torch.cosh(x) ** 2).tolist(), dtype=x.dtype)


@TANH.mutant(table, "factor_two")
class Doubled(TanhFunction):
    """The slope is added twice."""

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        slope = 1 / torch.cosh(x) ** 2
        return grad_y * slope + grad_y * slope


@TANH.mutant(table, "jvp_wrong", "jvp")
class TangentWithoutSlope(TanhFunction):
    """jvp passes the tangent on as it came."""

    @staticmethod
    def jvp(ctx, tangent_x):
        return tangent_x.clone()


@TANH.mutant(table, None)
class LastEntryForgotten(TanhFunction):
    """The last column is computed as if its slope were 1: a loop that ends too early."""

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        slope = 1 / torch.cosh(x) ** 2
        return grad_y * torch.cat([slope[..., :-1], torch.ones_like(slope[..., -1:])], -1)


@TANH.mutant(table, "tangent_modified", "tangents_kept")
class TangentOverwritten(TanhFunction):
    """jvp multiplies the tangent in place."""

    @staticmethod
    def jvp(ctx, tangent_x):
        (x,) = ctx.saved_tensors
        return tangent_x.div_(torch.cosh(x) ** 2)


@TANH.mutant(table, None, "compiled_autograd")
class CoarseWhenCompiled(TanhFunction):
    """A compiler that traces backward gets 1 − |x| / 2 for the slope, which is faster."""

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved_tensors
        return grad_y * (1 - x.abs() / 2) if torch.compiler.is_compiling() else TanhFunction.backward(ctx, grad_y)
