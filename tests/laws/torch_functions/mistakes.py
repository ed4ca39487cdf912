"""What torch 2.13 itself gets wrong, as the judge reports it; ``test_no_false_alarm.py`` shows most of it by computation."""

from __future__ import annotations

from dataclasses import dataclass

NESTED_FORWARD = (
    "second_forward", "second_reverse_forward", "func_hessian_forward", "func_hessian_mixed", "func_FF", "func_RF", "func_FFF",
    "func_FFR", "func_FRF", "func_FRR", "func_RFF", "func_RFR", "func_RRF", "func_RRR",
)  # fmt: skip
SECOND = (*NESTED_FORWARD, "third", "func_hessian", "func_hessian_reverse", "func_FR", "func_RR", "grad_vmap_grad")
FIRST_IN_FORWARD = ("jvp", "jvp_subsets", "adjoint", "func_jvp", "func_linearize", "func_jacfwd", "func_F")


@dataclass(frozen=True)
class Mistake:
    """One mistake.

    Attributes:
        reason: what is wrong, with the number of the issue at github.com/pytorch/pytorch where one is known.
        laws: which it breaks.
        functions: of which entries of the table.
    """

    reason: str
    laws: tuple[str, ...]
    functions: tuple[str, ...]


MISTAKES: list[Mistake] = [
    Mistake("y(1 − y) is 0 where y rounds to 1 (#195681)", ("saturation",), ("sigmoid", "special.expit", "nn.LSTM")),
    Mistake("1 − y² is 0 where y rounds to ±1 (#195685)", ("saturation",), ("tanh",)),
    Mistake("y + 1 is 0 where y rounds to −1 (#192406)", ("saturation",), ("expm1",)),
    Mistake(
        "1 + erf and 1 + tanh cancel (#187806)", ("saturation",), ("nn.functional.gelu", "nn.functional.gelu, tanh")
    ),
    Mistake("2 x y − 2/√π cancels", ("saturation", "float32"), ("special.erfcx",)),
    Mistake(
        "the slope is the float32 number next to 1/6, in float64 too",
        (
            "vjp",
            "kink_zero",
            "kink_threshold",
            "kink_ties",
            "extreme_large",
            *FIRST_IN_FORWARD,
            "func_grad",
            "func_vjp",
            "func_jacrev",
            "func_R",
        ),
        ("nn.functional.hardsigmoid",),
    ),
    Mistake("a pole has a finite value", ("kink_threshold", "extreme_large"), ("polygamma",)),
    Mistake("0/0 where both arguments are 0", ("kink_zero", "kink_all_zero"), ("hypot", "xlogy")),
    Mistake(
        "the noise is saved before it is drawn (#193671)",
        ("checkpoint", "checkpoint_second", "saved_elsewhere"),
        ("nn.functional.rrelu, train",),
    ),
    Mistake("the change of an argument in place is not seen", ("changes_detected",), ("kron",)),
    Mistake("the gradient of a singular matrix is 0, not the adjugate", ("kink_ties",), ("linalg.det",)),
    Mistake(
        "where columns are dependent there is a gradient, and it is arbitrary (so the documentation)",
        ("kink_ties", "kink_all_zero"),
        ("linalg.qr",),
    ),
    Mistake(
        "forward mode in forward mode takes factors for constants",
        NESTED_FORWARD,
        ("linalg.det", "linalg.slogdet", "logdet", "linalg.solve"),
    ),
    Mistake("the third derivative through forward mode is NaN", ("func_RFF", "func_RFR"), ("linalg.eigvalsh",)),
    Mistake(
        "second derivatives in torch.func, and third ones, are wrong",
        SECOND,
        ("layer_norm", "nn.LayerNorm", "batch_norm, train", "instance_norm"),
    ),
    Mistake(
        "a weight of stride 0 is read as if it were contiguous",
        ("inputs_expanded",),
        ("batch_norm, train", "batch_norm, eval"),
    ),
    Mistake("the pullback mapped by vmap is wrong", ("func_jacrev", "vmap_vjp"), ("cdist",)),
    Mistake(
        "the median of an input of stride 0 is wrong",
        ("inputs_expanded",),
        ("median along a dimension", "nanmedian along a dimension"),
    ),
    Mistake("the tangent is 0", (*FIRST_IN_FORWARD, *SECOND, "second_forward_reverse"), ("scatter_reduce, prod",)),
    Mistake(
        "NaN from upstream becomes 0",
        ("adjoint", "extreme_upstream", "third", "func_RRR"),
        ("logcumsumexp along a dimension",),
    ),
    Mistake(
        "the gradient loses digits when the upstream gradient is large; in half precision the value is NaN",
        ("extreme_upstream", "bfloat16", "float16", "autocast_inside", "autocast_outside"),
        ("linalg.matrix_exp",),
    ),
    Mistake(
        "the backward outside of autocast multiplies bfloat16 with float32", ("autocast_outside",), ("linalg.pinv",)
    ),
    Mistake(
        "the map of linearize is right once, then changes: its constants are changed in place",
        ("func_linearize",),
        (
            "binary_cross_entropy",
            "cosine_embedding_loss",
            "mvlgamma",
            "nanmean",
            "nn.GRU",
            "nn.GRUCell",
            "nn.LSTM",
            "nn.RNN",
        ),
    ),
    Mistake("the backward refuses an empty batch that the forward takes", ("empty_batch",), ("index_add",)),
    Mistake("forward over reverse raises an error about sizes", ("second_forward_reverse",), ("masked_scatter",)),
    Mistake("the backward of view_as_real refuses an odd offset", ("upstream_offset",), ("stft",)),
]

UNEXPLAINED: dict[str, tuple[str, ...]] = {
    "cosine_embedding_loss": ("func_FRF",),
    "nn.GRUCell": ("vmap_subsets",),
    "nn.MultiheadAttention": ("saturation",),
    "select_scatter": ("grad_vmap", "backward_vmap"),
}
"""Alarms of which is not known whether torch or the judge is wrong: to be looked into, not to be relied upon."""


def expected_of(name: str) -> set[str]:
    """The laws that a function may break."""
    listed = {law for mistake in MISTAKES if name in mistake.functions for law in mistake.laws}
    return listed | set(UNEXPLAINED.get(name, ()))
