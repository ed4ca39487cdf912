"""What torch 2.13 itself gets wrong, as the judge reports it; tests in ``mistakes_of_torch`` show all of it by computation."""

from __future__ import annotations

from dataclasses import dataclass

FORWARD_TWICE = (
    "second_forward", "second_reverse_forward", "func_hessian_forward", "func_hessian_mixed", "func_FF", "func_RF", "func_FFF",
    "func_FFR", "func_FRF", "func_RFF", "func_RFR", "func_RRF",
)  # fmt: skip
FIRST_IN_FORWARD = ("jvp", "jvp_subsets", "adjoint", "func_jvp", "func_linearize", "func_jacfwd", "func_F")
NORMALISATIONS = ("layer_norm", "layer_norm, two numbers", "nn.LayerNorm", "batch_norm, train", "instance_norm")
LINEARIZED_ONCE = (
    "binary_cross_entropy", "cosine_embedding_loss", "mvlgamma", "nanmean", "nn.GRU", "nn.GRUCell", "nn.LSTM", "nn.RNN",
)  # fmt: skip


@dataclass(frozen=True)
class Mistake:
    """One mistake.

    Attributes:
        reason: what is wrong, with the number of the issue at github.com/pytorch/pytorch where one is known.
        laws: which it breaks.
        functions: of which entries of the table.
        shown_by: the test in ``mistakes_of_torch`` that shows it.
    """

    reason: str
    laws: tuple[str, ...]
    functions: tuple[str, ...]
    shown_by: str


MISTAKES: list[Mistake] = [
    Mistake(
        "y(1 − y) is 0 where y rounds to 1 (#195681)",
        ("saturation",),
        ("sigmoid", "special.expit"),
        "a_saturated_gradient_is_lost",
    ),
    Mistake("1 − y² is 0 where y rounds to ±1 (#195685)", ("saturation",), ("tanh",), "a_saturated_gradient_is_lost"),
    Mistake("y + 1 is 0 where y rounds to −1 (#192406)", ("saturation",), ("expm1",), "a_saturated_gradient_is_lost"),
    Mistake(
        "1 + erf and 1 + tanh cancel (#187806)",
        ("saturation",),
        ("nn.functional.gelu", "nn.functional.gelu, tanh"),
        "the_tail_of_gelu_cancels",
    ),
    Mistake("2 x y − 2/√π cancels", ("saturation",), ("special.erfcx",), "the_slope_of_erfcx_cancels"),
    Mistake(
        "the terms of the gradient of a normalisation cancel where two numbers are normalised, which gives ±1",
        ("float32",),
        ("layer_norm, two numbers", "nn.TransformerEncoderLayer"),
        "the_normalisation_of_two_numbers_loses_its_gradient",
    ),
    Mistake(
        "the gradient of a normalisation is computed with x where x − mean is meant, and cancels where the mean is large",
        ("saturation",),
        ("nn.TransformerEncoderLayer",),
        "the_normalisation_of_large_numbers_loses_its_gradient",
    ),
    Mistake(
        "the weights of attention, computed anew in backward, add up to 2 where the scores are so large that log 2 is lost in them",
        ("saturation",),
        ("nn.MultiheadAttention",),
        "the_weights_of_attention_do_not_add_up_to_one",
    ),
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
        "a_sixth_is_known_in_float32_only",
    ),
    Mistake(
        "a pole has a finite value",
        ("kink_threshold", "extreme_large"),
        ("polygamma",),
        "a_pole_of_polygamma_has_a_finite_value",
    ),
    Mistake(
        "0/0 where both arguments are 0",
        ("kink_zero", "kink_all_zero"),
        ("hypot", "xlogy"),
        "there_is_nan_where_hypot_and_xlogy_have_zeros",
    ),
    Mistake(
        "the noise is saved before it is drawn (#193671)",
        ("checkpoint", "checkpoint_second", "saved_elsewhere"),
        ("nn.functional.rrelu, train",),
        "the_noise_of_rrelu_is_saved_before_it_is_drawn",
    ),
    Mistake(
        "the change of an argument in place is not seen",
        ("changes_detected",),
        ("kron",),
        "a_factor_of_kron_is_not_seen_to_change",
    ),
    Mistake(
        "the gradient of a singular matrix is 0, not the adjugate",
        ("kink_ties",),
        ("linalg.det",),
        "a_singular_matrix_has_no_adjugate",
    ),
    Mistake(
        "where columns are dependent there is a gradient, and it is arbitrary (so the documentation)",
        ("kink_ties", "kink_all_zero"),
        ("linalg.qr",),
        "the_gradient_of_qr_is_arbitrary_for_dependent_columns",
    ),
    Mistake(
        "forward mode in forward mode takes factors for constants",
        FORWARD_TWICE,
        ("linalg.det", "linalg.slogdet", "logdet", "linalg.solve", *NORMALISATIONS),
        "forward_mode_in_forward_mode_is_wrong",
    ),
    Mistake(
        "the third derivative is wrong, by the tape too",
        ("third", "func_FRR", "func_RRR"),
        NORMALISATIONS,
        "the_third_derivative_of_a_normalisation_is_wrong",
    ),
    Mistake(
        "the Hessian, mapped by vmap, is not symmetric in input and weight",
        ("func_hessian", "func_hessian_reverse", "grad_vmap_grad"),
        ("layer_norm", "nn.LayerNorm", "batch_norm, train"),
        "the_hessian_of_a_normalisation_is_not_symmetric",
    ),
    Mistake(
        "the third derivative in torch.func is NaN",
        ("func_FRR", "func_RRR"),
        ("linalg.det",),
        "the_third_derivative_of_a_determinant_is_nan",
    ),
    Mistake(
        "the third derivative through forward mode is NaN",
        ("func_RFF", "func_RFR"),
        ("linalg.eigvalsh",),
        "the_third_derivative_of_eigenvalues_is_nan",
    ),
    Mistake(
        "the tangent of a tensor minus a number is that of the tensor itself, and is then changed in place",
        ("func_FRF",),
        ("cosine_embedding_loss",),
        "a_tangent_is_changed_in_place",
    ),
    Mistake(
        "a weight of stride 0 is read as if it were contiguous",
        ("inputs_expanded",),
        ("batch_norm, train", "batch_norm, eval"),
        "a_weight_of_stride_0_is_read_wrongly",
    ),
    Mistake(
        "the pullback mapped by vmap is wrong",
        ("func_jacrev", "vmap_vjp"),
        ("cdist",),
        "the_pullback_of_cdist_is_mapped_wrongly",
    ),
    Mistake(
        "the gradient of what is put in, under vmap, is as many times too large as the dimension is long",
        ("grad_vmap", "backward_vmap"),
        ("select_scatter",),
        "the_gradient_of_select_scatter_under_vmap_is_a_multiple",
    ),
    Mistake(
        "the gates of the input are added in place to those of the state, where no map over the input alone finds room for them",
        ("vmap_subsets",),
        ("nn.GRUCell",),
        "the_gradient_of_a_gated_cell_cannot_be_mapped_over_its_input",
    ),
    Mistake(
        "the median of an input of stride 0 is wrong",
        ("inputs_expanded",),
        ("median along a dimension", "nanmedian along a dimension"),
        "the_median_of_stride_0_is_wrong",
    ),
    Mistake(
        "the tangent is 0",
        (*FIRST_IN_FORWARD, *FORWARD_TWICE, "func_FR", "func_FRR", "func_hessian", "second_forward_reverse"),
        ("scatter_reduce, prod",),
        "the_tangent_of_a_product_of_scattered_entries_is_zero",
    ),
    Mistake(
        "NaN from upstream becomes 0",
        ("adjoint", "extreme_upstream", "third", "func_RRR"),
        ("logcumsumexp along a dimension",),
        "nan_is_hidden_in_logcumsumexp",
    ),
    Mistake(
        "the gradient loses digits when the upstream gradient is large; in half precision the value is NaN",
        ("extreme_upstream", "bfloat16", "float16", "autocast_inside", "autocast_outside"),
        ("linalg.matrix_exp",),
        "matrix_exp_loses_digits",
    ),
    Mistake(
        "the backward outside of autocast multiplies bfloat16 with float32",
        ("autocast_outside",),
        ("linalg.pinv",),
        "the_backward_of_pinv_fails_after_autocast",
    ),
    Mistake(
        "the map of linearize is right once, then changes: its constants are changed in place",
        ("func_linearize",),
        LINEARIZED_ONCE,
        "the_map_of_linearize_is_right_once",
    ),
    Mistake(
        "indices out of range are taken where the tensor has no rows, and only the backward refuses them",
        ("empty_batch",),
        ("index_add",),
        "index_add_takes_indices_into_nothing",
    ),
    Mistake(
        "forward over reverse raises an error about sizes",
        ("second_forward_reverse",),
        ("masked_scatter",),
        "forward_over_reverse_of_masked_scatter_fails",
    ),
    Mistake(
        "the backward of view_as_real refuses an odd offset",
        ("upstream_offset",),
        ("stft",),
        "the_backward_of_stft_refuses_an_odd_offset",
    ),
]


def expected_of(name: str) -> set[str]:
    """The laws that a function may break."""
    return {law for mistake in MISTAKES if name in mistake.functions for law in mistake.laws}
