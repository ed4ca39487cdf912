"""What torch itself gets wrong, shown by computation and without the judge: each of `MISTAKES`."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import product

import mpmath
import pytest
import torch
from torch import Tensor, linalg, nn
from torch.nn import functional as F

from laws.torch_functions import FUNCTIONS
from laws.torch_functions.mistakes import LINEARIZED_ONCE, MISTAKES

WIDE = torch.float64


@pytest.fixture(autouse=True)
def _the_same_numbers_every_time() -> None:
    torch.manual_seed(0)


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=WIDE)


def slope(function, *points: Tensor) -> list[Tensor]:
    leaves = [point.detach().clone().requires_grad_() for point in points]
    return list(torch.autograd.grad(function(*leaves).sum(), leaves))


def nested(word: str, function, tangents: Tensor) -> Callable[[Tensor], Tensor]:
    """The derivative along one tangent a letter, the outermost first: F in forward, R in reverse mode."""
    for letter, tangent in zip(reversed(word), tangents, strict=True):
        function = _forward(function, tangent) if letter == "F" else _reverse(function, tangent)
    return function


def _forward(function, tangent: Tensor):
    return lambda x: torch.func.jvp(function, (x,), (tangent,))[1]


def _reverse(function, tangent: Tensor):
    return lambda x: (torch.func.grad(function)(x) * tangent).sum()


def test_every_mistake_is_shown() -> None:
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {mistake.shown_by for mistake in MISTAKES} == tests - {"every_mistake_is_shown"}


@pytest.mark.parametrize(
    ("function", "at", "right"),
    [
        (torch.sigmoid, 17.0, 4.139937e-08),
        (torch.special.expit, 17.0, 4.139937e-08),
        (torch.tanh, 10.0, 8.244614e-09),
        (torch.expm1, -17.0, 4.139937e-08),
    ],
)
def test_a_saturated_gradient_is_lost(function, at: float, right: float) -> None:
    x = torch.tensor(at)
    assert slope(function, x)[0] == 0
    assert float(slope(function, x.double())[0]) == pytest.approx(right, rel=1e-5)


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_the_tail_of_gelu_cancels(approximate: str) -> None:
    x = torch.tensor(-5.0)
    wrong, right = (float(slope(lambda x: F.gelu(x, approximate=approximate), point)[0]) for point in (x, x.double()))
    assert abs(wrong / right - 1) > 1e-3


def test_the_slope_of_erfcx_cancels() -> None:
    with mpmath.workdps(60):
        x = mpmath.mpf(50)
        right = float(2 * x * mpmath.exp(x**2) * mpmath.erfc(x) - 2 / mpmath.sqrt(mpmath.pi))
    assert float(slope(torch.special.erfcx, torch.tensor(50.0, dtype=WIDE))[0]) == pytest.approx(right, rel=1e-9)
    assert float(slope(torch.special.erfcx, torch.tensor(50.0))[0]) != pytest.approx(right, rel=1e-4)


def test_the_normalisation_of_two_numbers_loses_its_gradient() -> None:
    x, grad_y, eps = torch.tensor([1.5, -0.75]), torch.tensor([1.0, -0.3]), 1e-5
    half = (x[0] - x[1]) / 2  # y = ±half / √(half² + eps)
    by_hand = float((grad_y[0] - grad_y[1]) / 2 * eps / (half**2 + eps) ** 1.5)
    wide = float(slope(lambda x: F.layer_norm(x, (2,)) * grad_y.double(), x.double())[0][0])
    assert by_hand == pytest.approx(wide, rel=1e-6)
    assert float(slope(lambda x: F.layer_norm(x, (2,)) * grad_y, x)[0][0]) != pytest.approx(wide, rel=1e-3)


def test_the_normalisation_of_large_numbers_loses_its_gradient() -> None:
    x, grad_y, eps = torch.tensor([1e5, 1e5]), torch.tensor([1.0, -0.3]), 1e-5
    deviation = x - x.mean()
    assert bool((deviation == 0).all())  # so the gradient is that of deviation / √eps, and nothing is rounded
    right = ((grad_y - grad_y.mean()) / eps**0.5).tolist()
    assert slope(lambda x: F.layer_norm(x, (2,)) * grad_y.double(), x.double())[0].tolist() == pytest.approx(right)
    assert slope(lambda x: F.layer_norm(x, (2,)) * grad_y, x)[0].tolist() != pytest.approx(right, rel=0.1)


def test_the_weights_of_attention_do_not_add_up_to_one() -> None:
    query, key = (torch.full((1, 1, 2, 2), 4950.0) for _ in range(2))
    value, grad_y = torch.tensor([[[[1.0, 2], [3, 4]]]]), torch.tensor([[[[1.0, 0.5], [-0.3, 0.7]]]])

    def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(query, key, value) * grad_y

    assert torch.equal(attention(query, key, value), torch.tensor([2.0, 3.0]) * grad_y)  # the mean of both values
    grad_value = slope(attention, query, key, value)[2]
    assert torch.allclose(grad_value, grad_y.sum(2, keepdim=True))  # of either value; half of it is right


def test_a_sixth_is_known_in_float32_only() -> None:
    got = float(slope(F.hardsigmoid, torch.tensor(0.5, dtype=WIDE))[0])
    assert got == float(torch.tensor(1 / 6, dtype=torch.float32))


def test_there_is_nan_where_hypot_and_xlogy_have_zeros() -> None:
    zero = torch.zeros((), dtype=WIDE)
    assert all(grad.isnan() for grad in slope(torch.hypot, zero, zero))
    assert slope(torch.xlogy, zero, zero)[1].isnan()


def test_a_pole_of_polygamma_has_a_finite_value() -> None:
    pole = torch.tensor(-1.0, dtype=WIDE)
    assert torch.polygamma(1, pole).isfinite()


def test_the_noise_of_rrelu_is_saved_before_it_is_drawn() -> None:
    x = drawn(12).requires_grad_()
    seen = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: seen.append(t) or t.clone(), lambda t: t):
        y = F.rrelu(x, training=True)
    slopes = (y / x).detach()
    assert bool((slopes[x < 0] < 0.34).all())
    assert not torch.allclose(torch.autograd.grad(y.sum(), x)[0], slopes)
    assert any(torch.allclose(t, slopes) for t in seen)  # the tensor that was handed to the hook, by now


def test_a_factor_of_kron_is_not_seen_to_change() -> None:
    a, b = drawn(2, 2), drawn(2, 3).requires_grad_()
    inner = a.clone().requires_grad_().clone()
    y = torch.kron(inner, b)
    with torch.no_grad():
        inner.mul_(3)
    assert torch.allclose(torch.autograd.grad(y.sum(), b)[0], 3 * a.sum().expand(2, 3))


def test_a_singular_matrix_has_no_adjugate() -> None:
    matrix = drawn(3, 3)
    matrix[:, 1] = matrix[:, 0]
    cofactor = matrix[1, 1] * matrix[2, 2] - matrix[1, 2] * matrix[2, 1]
    assert abs(float(cofactor)) > 0.01
    assert slope(linalg.det, matrix)[0][0, 0].abs() < 1e-12


def test_the_gradient_of_qr_is_arbitrary_for_dependent_columns() -> None:
    def size(matrix: Tensor) -> Tensor:
        return linalg.qr(matrix).R.abs()

    matrix = drawn(3, 3)
    assert torch.allclose(slope(size, 3 * matrix)[0], slope(size, matrix)[0])  # R of 3 A is 3 R
    matrix[:, 1] = matrix[:, 0]
    small, large = slope(size, matrix)[0], slope(size, 3 * matrix)[0]
    assert bool(small.isfinite().all())
    assert not torch.allclose(small, large)


def normalised(normalise) -> Callable[[Tensor], Tensor]:
    return lambda x: normalise(x).pow(3).sum()


NORMALISATIONS = [
    normalised(lambda x: F.layer_norm(x, (3,))),
    normalised(lambda x: F.layer_norm(x[:, :2], (2,))),
    normalised(lambda x: F.batch_norm(x, None, None, training=True)),
    normalised(lambda x: F.instance_norm(x[None])),
]


@pytest.mark.parametrize(
    "function",
    [
        lambda a: linalg.slogdet(a)[1],
        torch.logdet,
        linalg.det,
        lambda a: linalg.solve(a, torch.ones(3, dtype=WIDE)).sum(),
        *NORMALISATIONS,
    ],
)
def test_forward_mode_in_forward_mode_is_wrong(function) -> None:
    matrix = drawn(3, 3) + 2 * torch.eye(3, dtype=WIDE)
    matrix[0] *= linalg.det(matrix).sign()
    right = torch.autograd.functional.hessian(function, matrix)
    wrong = torch.func.jacfwd(torch.func.jacfwd(function))(matrix)
    assert float((wrong - right).abs().max()) > 0.01


@pytest.mark.parametrize("function", NORMALISATIONS)
def test_the_third_derivative_of_a_normalisation_is_wrong(function) -> None:
    x, along, step = drawn(3, 3), drawn(3, 3, 3), 1e-4

    def second(x: Tensor) -> Tensor:
        (grad,) = torch.autograd.grad(function(x), x, create_graph=True)
        return (torch.autograd.grad((grad * along[0]).sum(), x, create_graph=True)[0] * along[1]).sum()

    above, below = (float(second((x + sign * step * along[2]).requires_grad_()).detach()) for sign in (1, -1))
    leaf = x.clone().requires_grad_()
    third = float((torch.autograd.grad(second(leaf), leaf)[0] * along[2]).sum())
    assert abs(third - (above - below) / (2 * step)) > 0.01


@pytest.mark.parametrize(
    "normalise",
    [
        lambda x, weight: F.layer_norm(x, (3,), weight),
        lambda x, weight: F.batch_norm(x, None, None, weight, training=True),
    ],
)
def test_the_hessian_of_a_normalisation_is_not_symmetric(normalise) -> None:
    x, weight, weights = drawn(2, 3), drawn(3), drawn(2, 3)
    hessian = torch.func.hessian(lambda x, weight: (normalise(x, weight) * weights).sum(), (0, 1))(x, weight)
    assert float((hessian[1][0] - hessian[0][1].permute(2, 0, 1)).abs().max()) > 0.01


def test_the_third_derivative_of_a_determinant_is_nan() -> None:
    matrix, tangents = drawn(3, 3), drawn(3, 3, 3)

    def by_hand(a: Tensor) -> Tensor:
        return (a[0] * linalg.cross(a[1], a[2])).sum()

    assert float(linalg.det(matrix)) == pytest.approx(float(by_hand(matrix)))
    assert nested("RRR", by_hand, tangents)(matrix).isfinite()
    assert nested("RRR", linalg.det, tangents)(matrix).isnan()


def test_the_third_derivative_of_eigenvalues_is_nan() -> None:
    weights, matrix, tangents = drawn(3), drawn(3, 3), drawn(3, 3, 3)

    def function(matrix: Tensor) -> Tensor:
        return (linalg.eigvalsh(matrix @ matrix.mT) * weights).sum()

    found = {
        "".join(word): float(nested("".join(word), function, tangents)(matrix)) for word in product("FR", repeat=3)
    }
    assert [word for word, value in found.items() if value != value] == ["RFF", "RFR"]
    others = [value for value in found.values() if value == value]
    assert others == pytest.approx([others[0]] * 6)


def test_a_tangent_is_changed_in_place() -> None:
    x, other, sign, tangents = drawn(3, 4), drawn(3, 4), torch.tensor([1, -1, 1]), drawn(3, 3, 4)
    other[1] = x[1] + 0.5 * other[1]  # so that the cosine is not clamped

    def loss(x: Tensor) -> Tensor:
        return F.cosine_embedding_loss(x, x.flip(0) * other, sign)

    def by_hand(x: Tensor) -> Tensor:
        second = x.flip(0) * other
        cosine = (x * second).sum(1) / ((x.square().sum(1) + 1e-12) * (second.square().sum(1) + 1e-12)).sqrt()
        return torch.where(sign == 1, 1 - cosine, cosine.clamp(min=0)).mean()

    assert float(loss(x)) == pytest.approx(float(by_hand(x)))
    right = float(nested("FRF", by_hand, tangents)(x))
    assert float(nested("RRR", loss, tangents)(x)) == pytest.approx(right)
    assert float(nested("FRF", loss, tangents)(x)) != pytest.approx(right, rel=1e-3)

    def root(x: Tensor, take_root) -> Tensor:
        return take_root(torch.ops.aten.sub.Scalar(x, 0.0)) * x

    four, one = torch.tensor([4.0], dtype=WIDE), torch.ones(1, dtype=WIDE)
    tangents = [
        float(torch.func.jvp(lambda x, take=take: root(1 * x, take), (four,), (one,))[1])
        for take in (Tensor.sqrt, Tensor.sqrt_)
    ]
    assert tangents == [3.0, 1.5]  # of √x x; the root in place made the tangent of x its own


@pytest.mark.parametrize("training", [True, False])
def test_a_weight_of_stride_0_is_read_wrongly(training: bool) -> None:
    x, mean, variance = drawn(3, 2), torch.zeros(2, dtype=WIDE), torch.ones(2, dtype=WIDE)
    weight = torch.tensor([2.0], dtype=WIDE).expand(2)
    with_weight = [
        slope(lambda x, w=w: F.batch_norm(x, mean.clone(), variance.clone(), w, training=training) * x.detach(), x)[0]
        for w in (weight, weight.clone(memory_format=torch.contiguous_format))
    ]
    assert not torch.allclose(*with_weight)


def test_the_pullback_of_cdist_is_mapped_wrongly() -> None:
    x, y, grads_y = drawn(3, 2), drawn(2, 2), drawn(3, 3, 2)
    pullback = torch.func.vjp(lambda x: torch.cdist(x, y), x)[1]
    looped = torch.stack([pullback(grad_y)[0] for grad_y in grads_y])
    assert not torch.allclose(torch.func.vmap(pullback)(grads_y)[0], looped)


@pytest.mark.parametrize("length", [2, 5])
def test_the_gradient_of_select_scatter_under_vmap_is_a_multiple(length: int) -> None:
    x, sources, weights = drawn(3, length, 4), drawn(3, 4), drawn(3, length, 4)

    def put(x: Tensor, source: Tensor) -> Tensor:
        return torch.select_scatter(x, source, 0, 1)

    looped = slope(lambda s: torch.stack(list(map(put, x, s))) * weights, sources)[0]
    assert torch.equal(looped, weights[:, 1])
    assert torch.allclose(slope(lambda s: torch.func.vmap(put)(x, s) * weights, sources)[0], length * looped)


def test_the_gradient_of_a_gated_cell_cannot_be_mapped_over_its_input() -> None:
    cell = nn.GRUCell(2, 2).double()
    slopes = torch.func.grad(lambda x, state: cell(x, state).sin().sum())
    many, one = drawn(3, 2, 2), drawn(2, 2)
    assert torch.func.vmap(slopes, (None, 0))(one, many).shape == many.shape
    with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
        torch.func.vmap(slopes, (0, None))(many, one)


@pytest.mark.parametrize("median", [torch.median, torch.nanmedian])
def test_the_median_of_stride_0_is_wrong(median) -> None:
    x = drawn(3, 1).expand(3, 4)
    assert torch.equal(median(x.contiguous(), 1).values, x[:, 0])
    assert not torch.equal(median(x, 1).values, x[:, 0])


def test_the_tangent_of_a_product_of_scattered_entries_is_zero() -> None:
    index, x, source = torch.tensor([0, 1, 1, 2]), drawn(3), drawn(4)

    def function(source: Tensor) -> Tensor:
        return torch.scatter_reduce(x, 0, index, source, reduce="prod")

    assert bool((torch.func.jvp(function, (source,), (torch.ones_like(source),))[1] == 0).all())
    assert float((function(source + 1e-3) - function(source)).abs().max()) > 1e-5


def test_nan_is_hidden_in_logcumsumexp() -> None:
    x = drawn(4).requires_grad_()
    y = torch.logcumsumexp(x, 0)
    assert bool((torch.autograd.grad(y, x, torch.full_like(y, torch.nan))[0] == 0).all())


def test_matrix_exp_loses_digits() -> None:
    matrix, weights = drawn(3, 3).requires_grad_(), drawn(3, 3)
    y = linalg.matrix_exp(matrix)
    one, other = (
        torch.autograd.grad(y, matrix, factor * weights, retain_graph=True)[0] / factor for factor in (1.0, 2.0**40)
    )
    assert float((one - other).abs().max() / one.abs().max()) > 1e-6
    for half in (torch.bfloat16, torch.float16):
        assert linalg.matrix_exp(matrix.detach().to(half)).isnan().any()


def test_the_backward_of_pinv_fails_after_autocast() -> None:
    matrix = (drawn(3, 3) + 2 * torch.eye(3)).float().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        inside = torch.autograd.grad(linalg.pinv(matrix).sum(), matrix)[0]
        y = linalg.pinv(matrix)
    assert bool(inside.isfinite().all())
    with pytest.raises(RuntimeError, match="same dtype"):
        torch.autograd.grad(y.sum(), matrix)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("entry", [e for e in FUNCTIONS if e.name in LINEARIZED_ONCE], ids=str)
def test_the_map_of_linearize_is_right_once(entry) -> None:
    inputs, function = entry.inputs(WIDE), copy.deepcopy(entry.function(WIDE))
    if isinstance(function, nn.Module):
        function.requires_grad_(False)
    xs = [x for x in inputs if isinstance(x, Tensor) and x.is_floating_point()]

    def first(*xs: Tensor) -> Tensor:
        y = function(*xs, *inputs[len(xs) :], **entry.kwargs)
        return y if isinstance(y, Tensor) else y[0]

    tangents = tuple(map(torch.ones_like, xs))
    right = torch.func.jvp(first, tuple(xs), tangents)[1]
    push = torch.func.linearize(first, *xs)[1]
    assert torch.allclose(push(*tangents), right)
    assert not torch.allclose(push(*tangents), right)


def test_index_add_takes_indices_into_nothing() -> None:
    index, x, source = torch.tensor([0, 1, 1]), drawn(0, 3).requires_grad_(), drawn(3, 3).requires_grad_()
    with pytest.raises(RuntimeError, match="out of bounds"):
        torch.index_add(x.new_zeros(1, 3), 0, index, source)
    y = torch.index_add(x, 0, index, source)
    assert y.shape == (0, 3)
    with pytest.raises(RuntimeError, match="indexing axis dim should be positive"):
        torch.autograd.grad(y.sum(), source)


def test_forward_over_reverse_of_masked_scatter_fails() -> None:
    x, mask, source = drawn(3, 4), drawn(3, 4) > 0, drawn(12)
    slopes = torch.func.grad(lambda source: torch.masked_scatter(x, mask, source).square().sum())
    with pytest.raises(RuntimeError, match="forward gradient that has a different size"):
        torch.func.jvp(slopes, (source,), (source,))


def test_the_backward_of_stft_refuses_an_odd_offset() -> None:
    x = drawn(16).requires_grad_()
    y = torch.view_as_real(torch.stft(x, 8, window=torch.ones(8, dtype=WIDE), return_complex=True))
    grads_y = drawn(y.numel() + 1)
    even = torch.autograd.grad(y, x, grads_y[:-1].reshape(y.shape), retain_graph=True)[0]
    assert bool(even.isfinite().all())
    with pytest.raises(RuntimeError, match="storage_offset divisible by 2"):
        torch.autograd.grad(y, x, grads_y[1:].reshape(y.shape))
