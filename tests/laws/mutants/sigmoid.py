"""Mutants of `sigmoid`."""

from __future__ import annotations

import time

import torch
from torch.autograd import Function

from handgrad import ops
from handgrad.ops._hand_function import save
from handgrad.ops._sigmoid import SigmoidFunction
from laws.mutants.mutant import Family, drawn

SIGMOID = Family("sigmoid", ops.sigmoid)


def table():
    """5 samples, 3 columns."""
    return [drawn(5, 3)]


@SIGMOID.mutant(table, "fed_with_input")
class FedWithInput(SigmoidFunction):
    """y (1 − y) with x for y."""

    @staticmethod
    def backward(ctx, grad_y):
        x, _ = ctx.saved_tensors
        return grad_y * x * (1 - x)


@SIGMOID.mutant(table, "fed_with_output")
class FedWithOutput(SigmoidFunction):
    """σ(x) σ(−x) with y for x."""

    @staticmethod
    def backward(ctx, grad_y):
        _, y = ctx.saved_tensors
        return grad_y * torch.sigmoid(y) * torch.sigmoid(-y)


@SIGMOID.mutant(table, "saturation", "saturation")
class Saturating(SigmoidFunction):
    """y (1 − y), as torch has it: right, and 0 in float32 from x = 17 on."""

    @staticmethod
    def backward(ctx, grad_y):
        _, y = ctx.saved_tensors
        return grad_y * y * (1 - y)


@SIGMOID.mutant(table, "sign")
class Negated(SigmoidFunction):
    """y (y − 1)."""

    @staticmethod
    def backward(ctx, grad_y):
        _, y = ctx.saved_tensors
        return grad_y * y * (y - 1)


@SIGMOID.mutant(table, "upstream_ignored")
class UpstreamIgnored(SigmoidFunction):
    """The derivative alone."""

    @staticmethod
    def backward(ctx, grad_y):
        _, y = ctx.saved_tensors
        return y * (1 - y)


@SIGMOID.mutant(table, "upstream_squared")
class UpstreamSquared(SigmoidFunction):
    """v is multiplied in twice."""

    @staticmethod
    def backward(ctx, grad_y):
        _, y = ctx.saved_tensors
        return grad_y * (grad_y * y) * (1 - y)


@SIGMOID.mutant(
    table,
    "upstream_modified",
    "upstream_offset",
    "upstream_kept",
    "float32",
    "bfloat16",
    "float16",
    "autocast_inside",
    "autocast_func",
    "func_no_grad",
)
class UpstreamOverwritten(SigmoidFunction):
    """v is multiplied in place."""

    @staticmethod
    def backward(ctx, grad_y):
        _, y = ctx.saved_tensors
        return grad_y.mul_(y).mul_(1 - y)


@SIGMOID.mutant(table, "saved_intermediate", "second_reverse")
class SlopeSaved(SigmoidFunction):
    """The slope is computed in forward and saved."""

    @staticmethod
    def setup_context(ctx, inputs, output):
        save(ctx, output * (1 - output))

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y * ctx.saved_tensors[0]


@SIGMOID.mutant(table, "detached", "second_reverse")
class OutputDetached(SigmoidFunction):
    """The slope is computed from y without its history."""

    @staticmethod
    def backward(ctx, grad_y):
        y = ctx.saved_tensors[1].detach()
        return grad_y * y * (1 - y)


@SIGMOID.mutant(table, "detached", "second_reverse", "func_FFR", "func_FRF")
class WithoutGrad(SigmoidFunction):
    """The whole of backward runs under no_grad."""

    @staticmethod
    def backward(ctx, grad_y):
        y = ctx.saved_tensors[1]
        with torch.no_grad():
            return grad_y * y * (1 - y)


@SIGMOID.mutant(table, "tensor_on_context", "changes_detected", "cycle")
class OutputOnContext(SigmoidFunction):
    """y is an attribute of ctx, a reference cycle."""

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.y = output

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y * ctx.y * (1 - ctx.y)


@SIGMOID.mutant(table, None)
class FactorForgotten(SigmoidFunction):
    """y instead of y (1 − y)."""

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y * ctx.saved_tensors[1]


@SIGMOID.mutant(table, "derivative_twice")
class SlopeTwice(SigmoidFunction):
    """The slope is multiplied in twice."""

    @staticmethod
    def backward(ctx, grad_y):
        y = ctx.saved_tensors[1]
        return grad_y * (y * (1 - y)) ** 2


@SIGMOID.mutant(table, "nondeterministic", "deterministic", "accumulation")
class Noisy(SigmoidFunction):
    """A little noise is multiplied in, drawn from the clock, which no seed reaches."""

    @staticmethod
    def backward(ctx, grad_y):
        y = ctx.saved_tensors[1]
        return grad_y * y * (1 - y) * (1 + 1e-3 * (time.perf_counter_ns() % 1000) / 1000)


@SIGMOID.mutant(table, "output_modified", "saved_kept", "saved_elsewhere")
class OutputOverwritten(SigmoidFunction):
    """1 − y is computed in place, in the caller's output."""

    @staticmethod
    def backward(ctx, grad_y):
        y = ctx.saved_tensors[1]
        return grad_y * y.clone() * y.detach().neg_().add_(1)


class _Slope(Function):
    """y (1 − y), whose own derivative is taken for 1 − y instead of 1 − 2 y."""

    @staticmethod
    def forward(y):
        return y * (1 - y)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad_slope):
        return grad_slope * (1 - ctx.saved_tensors[0])


@SIGMOID.mutant(table, "second_order_wrong", "second_reverse", "func_FFF", "func_RRF")
class SecondRuleWrong(SigmoidFunction):
    """The rule for the second derivative has 1 − y for 1 − 2 y."""

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y * _Slope.apply(ctx.saved_tensors[1])


@SIGMOID.mutant(table, "jvp_wrong", "jvp")
class TangentHalved(SigmoidFunction):
    """jvp has a factor of ½ that backward has not."""

    @staticmethod
    def jvp(ctx, tangent_x):
        y = ctx.saved_tensors[1]
        return tangent_x * y * (1 - y) / 2


@SIGMOID.mutant(table, "local_derivative_missing")
class StraightThrough(SigmoidFunction):
    """v is passed on as it came."""

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y.clone()


@SIGMOID.mutant(table, "value_off_tape", "value_on_tape", "no_grad", "inference_mode")
def rounded_off_tape(x):
    """Where nobody differentiates, three digits must do."""
    y = ops.sigmoid(x)
    return y if torch.is_grad_enabled() else y.round(decimals=3)


@SIGMOID.mutant(table, "saved_read_twice", "checkpoint", "checkpoint_second")
class SavedReadTwice(SigmoidFunction):
    """ctx.saved_tensors is read for y and for 1 − y, which activation checkpointing does not allow."""

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y * ctx.saved_tensors[1] * (1 - ctx.saved_tensors[1])


@SIGMOID.mutant(table, "low_precision")
class InFloat32(SigmoidFunction):
    """forward casts to float32 and back."""

    @staticmethod
    def forward(x):
        return torch.sigmoid(x.float()).to(x.dtype)


@SIGMOID.mutant(table, "saved_intermediate", "second_reverse", "third", "nothing_saved")
class DifferentiatedInForward(Function):
    """forward lets autograd compute the slope at once, whether anybody wants it or not."""

    @staticmethod
    def forward(ctx, x):
        with torch.enable_grad():
            own = x.detach().requires_grad_()
            y = torch.sigmoid(own)
            (slope,) = torch.autograd.grad(y.sum(), own)
        ctx.save_for_backward(slope)
        return y.detach()

    @staticmethod
    def backward(ctx, grad_y):
        return grad_y * ctx.saved_tensors[0]


@SIGMOID.mutant(
    table,
    None,
    *(f"{how}_{backend}" for how in ("compiled", "dynamic") for backend in ("eager", "aot_eager", "inductor")),
    *(
        f"compiled_{what}_{backend}"
        for what in ("grad", "jvp", "vmap")
        for backend in ("eager", "aot_eager", "inductor")
    ),
    "exported_strict",
    "exported",
    "onnx",
)
def hard_when_compiled(x):
    """A compiler gets the piecewise linear approximation, which is faster."""
    return (0.2 * x + 0.5).clamp(0, 1) if torch.compiler.is_compiling() else ops.sigmoid(x)
