"""What is wrong in each exercise, and what repairs it."""

CAUSES = {
    "mse": "factor_half",
    "bias": "factor_per_batch",
    "relu": "mask_inverted",
    "sigmoid": "fed_with_input",
    "linear": "jacobian_transposed",
    "softmax": "off_diagonal_missing",
    "cross_entropy": "convention",
    "tanh": "upstream_modified",
    "log_softmax": "jvp_wrong",
    "softplus": "saved_intermediate",
}

SOLUTIONS = {
    "mse": ("grad_y = grad_loss * (y - t) / y.numel()", "grad_y = grad_loss * 2 * (y - t) / y.numel()"),
    "bias": ("grad_y.mean(0)", "grad_y.sum(0)"),
    "relu": ("grad_y.masked_fill(x > 0, 0)", "grad_y.masked_fill(x <= 0, 0)"),
    "sigmoid": ("grad_y * x * (1 - x)", "grad_y * torch.sigmoid(x) * torch.sigmoid(-x)"),
    "linear": ("grad_y @ weight.T", "grad_y @ weight"),
    "softmax": ("grad_y * y * (1 - y)", "grad_y * y - y * (grad_y * y).sum(ctx.dim, keepdim=True)"),
    "cross_entropy": (
        "return grad_loss * (x.softmax(1) - right.to(x.dtype))",
        "return grad_loss * (x.softmax(1) - right.to(x.dtype)) / len(x)",
    ),
    "tanh": ("grad_y.div_(x.cosh())", "grad_y.div(x.cosh())"),
    "log_softmax": (
        "y.exp() * tangent_x.sum(ctx.dim, keepdim=True)",
        "(y.exp() * tangent_x).sum(ctx.dim, keepdim=True)",
    ),
    "softplus": (
        "ctx.save_for_backward(torch.sigmoid(*inputs))\n",
        "ctx.save_for_backward(*inputs)\n",
        "slope: Tensor = ctx.saved_tensors[0]\n        return grad_y * slope",
        "x: Tensor = ctx.saved_tensors[0]\n        return grad_y * torch.sigmoid(x)",
    ),
}
"""Wrong lines, each followed by a right one."""
