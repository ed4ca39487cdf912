"""Large float32 products, which may come from oneDNN: exact whatever the strides, and torch's own where anybody looks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from handgrad import ops
from handgrad.nn import Linear
from handgrad.ops import _matrix_product
from handgrad.ops._matrix_product import affine, batched_affine, batched_product, matrix_product

ROWS, INNER, COLUMNS = 96, 256, 160


@pytest.fixture(autouse=True)
def wider(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the way through oneDNN also where the processor gains nothing from it."""
    if not torch.backends.mkldnn.is_available():
        pytest.skip("this build of torch has no oneDNN")
    monkeypatch.setattr(_matrix_product, "_is_wider", lambda: True)


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(len(shape)))


LAYOUTS: dict[str, Callable[[int, int], Tensor]] = {
    "contiguous": drawn,
    "transposed": lambda n, m: drawn(m, n).mT,
    "sliced": lambda n, m: drawn(n, m, 2)[..., 0],
    "narrowed": lambda n, m: drawn(n + 3, m + 5)[3:, 5:],
    "one row": lambda n, m: drawn(1, m).expand(n, m),
    "one column": lambda n, m: drawn(n, 1).expand(n, m),
    "one number": lambda n, m: torch.tensor(0.7).expand(n, m),
}


def assert_exact(got: Tensor, a: Tensor, b: Tensor) -> None:
    """Within what float32 can lose in a sum over the inner dimension (Higham 2002, §3.1)."""
    noise = torch.finfo(torch.float32).eps / 2 * a.shape[1] * (a.double().abs() @ b.double().abs())
    assert ((got.double() - a.double() @ b.double()).abs() <= noise).all()


@pytest.mark.parametrize("b_layout", LAYOUTS)
@pytest.mark.parametrize("a_layout", LAYOUTS)
@torch.no_grad()
def test_product_of_any_strides(a_layout: str, b_layout: str) -> None:
    a, b = LAYOUTS[a_layout](ROWS, INNER), LAYOUTS[b_layout](INNER, COLUMNS)
    assert _matrix_product._gains(a, b, 0)
    assert_exact(matrix_product(a, b), a, b)


@pytest.mark.parametrize("layout", LAYOUTS)
@torch.no_grad()
def test_onednn_is_given_no_part_of_a_larger_matrix(layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes a thousand times as long for one as its second operand (12 s instead of 10 ms, seen at 4096 × 512 × 256)."""
    given: list[Tensor] = []
    product = torch.ops.mkldnn._linear_pointwise

    def watched(x: Tensor, weight: Tensor, *rest: object) -> Tensor:
        given.append(weight)
        return product(x, weight, *rest)

    monkeypatch.setattr(torch.ops.mkldnn, "_linear_pointwise", watched)
    matrix_product(drawn(ROWS, INNER), LAYOUTS[layout](INNER, COLUMNS))
    (weight,) = given
    assert weight.is_contiguous() or weight.mT.is_contiguous()


@pytest.mark.parametrize("layout", LAYOUTS)
@torch.no_grad()
def test_affine_map_of_any_strides(layout: str) -> None:
    x, weight, bias = LAYOUTS[layout](ROWS, INNER), drawn(COLUMNS, INNER), drawn(COLUMNS)
    for expanded in (bias, bias[:1].expand(COLUMNS), torch.stack([bias, bias], 1)[:, 0]):
        assert_exact(affine(x, weight, expanded).double() - expanded.double(), x, weight.mT)


@pytest.mark.parametrize("layout", LAYOUTS)
@torch.no_grad()
def test_products_of_a_batch_are_the_single_ones(layout: str) -> None:
    a, b = (torch.stack([own, own + 1, -own]) for own in (LAYOUTS[layout](ROWS, INNER), drawn(INNER, COLUMNS)))
    bias = drawn(3, COLUMNS)
    for left in (a, a[:1].expand(3, ROWS, INNER), a.mT.contiguous().mT):
        assert torch.equal(batched_product(left, b), torch.stack(list(map(matrix_product, left, b))))
        together = batched_affine(left, b.mT, bias)
        assert torch.equal(together, torch.stack(list(map(affine, left, b.mT, bias))))


def test_a_layer_of_an_ensemble_takes_its_products_from_onednn(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    onednn = _matrix_product._onednn
    monkeypatch.setattr(_matrix_product, "_onednn", lambda *args: taken.append(1) or onednn(*args))
    leaves = [drawn(ROWS, INNER), drawn(2, COLUMNS, INNER), drawn(2, COLUMNS)]
    ops.ensemble_linear(*(leaf.requires_grad_() for leaf in leaves)).square().sum().backward()
    assert len(taken) == 2 * 3


@pytest.mark.parametrize(
    ("weight", "bias"),
    [
        (drawn(3, COLUMNS, INNER), drawn(2, COLUMNS).double()),
        (drawn(3, COLUMNS, INNER), drawn(3, COLUMNS)),
        (drawn(2, COLUMNS, INNER + 1), drawn(2, COLUMNS)),
        (drawn(2, COLUMNS, INNER).double(), drawn(2, COLUMNS)),
    ],
    ids=["bias's dtype", "members", "weight's shape", "weight's dtype"],
)
def test_members_that_do_not_fit_are_refused(weight: Tensor, bias: Tensor) -> None:
    with pytest.raises(ValueError, match=r"ensemble_linear: (x|weight|bias) must"):
        ops.ensemble_linear(drawn(2, ROWS, INNER), weight, bias)


@torch.no_grad()
def test_nan_and_infinities_pass_as_they_do_in_torch() -> None:
    a, b = drawn(ROWS, INNER), drawn(INNER, COLUMNS)
    a[3, 4], a[5, 6], b[7, 8] = torch.nan, torch.inf, -torch.inf
    ours, torchs = matrix_product(a, b), a @ b
    assert torch.equal(ours.isnan(), torchs.isnan())
    assert torch.equal(ours.isposinf(), torchs.isposinf())
    assert torch.equal(ours.isneginf(), torchs.isneginf())


@pytest.mark.parametrize("upstream", LAYOUTS)
def test_linear_with_gradients_of_any_strides(upstream: str) -> None:
    leaves = [drawn(ROWS, INNER), drawn(COLUMNS, INNER), drawn(COLUMNS)]
    grad_y = LAYOUTS[upstream](ROWS, COLUMNS)
    results = []
    for op in (ops.linear, torch.nn.functional.linear):
        wanted = [leaf.clone().requires_grad_() for leaf in leaves]
        y = op(*wanted)
        results.append([y.detach(), *torch.autograd.grad(y, wanted, grad_y)])
    torch.testing.assert_close(*results, rtol=1e-4, atol=1e-4)


def test_a_layer_takes_all_three_products_from_onednn(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    onednn = _matrix_product._onednn
    monkeypatch.setattr(_matrix_product, "_onednn", lambda *args: taken.append(1) or onednn(*args))
    Linear(INNER, COLUMNS)(drawn(ROWS, INNER).requires_grad_()).square().sum().backward()
    assert len(taken) == 3


def test_batched_upstream_gradients_go_through_torchs_own() -> None:
    x, weight = drawn(ROWS, INNER).requires_grad_(), drawn(COLUMNS, INNER).requires_grad_()
    y, several = ops.linear(x, weight), drawn(2, ROWS, COLUMNS)
    batched = torch.autograd.grad(y, [x, weight], several, is_grads_batched=True, retain_graph=True)
    for row, grad_y in enumerate(several):
        single = torch.autograd.grad(y, [x, weight], grad_y, retain_graph=True)
        torch.testing.assert_close([g[row] for g in batched], list(single), rtol=1e-4, atol=1e-4)


def test_small_products_and_other_dtypes_are_torchs_own() -> None:
    with torch.no_grad():
        assert not _matrix_product._gains(drawn(8, 8), drawn(8, 8), 0)
        assert not _matrix_product._gains(drawn(ROWS, INNER).double(), drawn(INNER, COLUMNS).double(), 0)
        assert not _matrix_product._gains(drawn(2, ROWS, INNER), drawn(2, INNER, COLUMNS), 0)


def test_where_anybody_looks_it_is_torchs_own() -> None:
    a, b = drawn(ROWS, INNER), drawn(INNER, COLUMNS)
    assert not _matrix_product._gains(a, b, 0)  # with a tape, which differentiates the product
    with torch.no_grad(), FlopCounterMode(display=False) as flops:
        matrix_product(a, b)
    assert flops.get_total_flops() == 2 * ROWS * INNER * COLUMNS


@pytest.mark.parametrize(
    ("x", "weight", "bias"),
    [
        (drawn(ROWS, INNER), drawn(COLUMNS, INNER + 1), drawn(COLUMNS)),
        (drawn(ROWS, INNER), drawn(COLUMNS, INNER), drawn(COLUMNS + 1)),
        (drawn(ROWS, INNER), drawn(COLUMNS, INNER), drawn(COLUMNS).double()),
        (drawn(ROWS, INNER), drawn(COLUMNS, INNER).double(), drawn(COLUMNS)),
    ],
    ids=["weight's shape", "bias's shape", "bias's dtype", "weight's dtype"],
)
def test_what_does_not_fit_is_refused_as_ever(x: Tensor, weight: Tensor, bias: Tensor) -> None:
    with pytest.raises(ValueError, match=r"linear: (weight|bias) must"):
        ops.linear(x, weight, bias)
