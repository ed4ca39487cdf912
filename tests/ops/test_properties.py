"""hypothesis: any shape, stride and dtype; the adjoint law ⟨ȳ, Jẋ⟩ = ⟨Jᵀȳ, ẋ⟩; the laws of each op."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from cases import CASES, Case
from gradients import upstream, value_and_gradients
from handgrad import ops

modest = settings(max_examples=40, deadline=None, derandomize=True, database=None)

shapes = st.lists(st.integers(0, 4), max_size=4).map(tuple)
filled = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)
dtypes = st.sampled_from([torch.float64, torch.float32])
seeds = st.integers(0, 2**16)
Native = Callable[..., Tensor]

ELEMENTWISE: list[tuple[Native, Native]] = [
    (ops.sigmoid, torch.sigmoid),
    (ops.tanh, torch.tanh),
    (ops.relu, torch.relu),
]


@st.composite
def strided(draw: st.DrawFn, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """A tensor of this shape, with its dimensions in any order in memory, some of them sliced or expanded."""
    order = draw(st.permutations(range(len(shape))))
    steps = [draw(st.integers(1, 2)) for _ in shape]
    expanded = [draw(st.booleans()) and draw(st.booleans()) for _ in shape]
    sizes = [1 if e else n * s for n, s, e in zip(shape, steps, expanded, strict=True)]
    generator = torch.Generator().manual_seed(draw(seeds))
    memory = torch.randn([sizes[d] for d in order], generator=generator, dtype=torch.float64).to(dtype)
    back = [order.index(d) for d in range(len(shape))]
    tensor = memory.permute(back)
    for d, (step, e) in enumerate(zip(steps, expanded, strict=True)):
        tensor = tensor if e else tensor[(slice(None),) * d + (slice(None, None, step),)]
    return tensor.expand(shape)


def assert_same(ours: Native, native: Native, leaves: list[Tensor], grad_y: Tensor | None = None) -> None:
    leaves = [leaf.detach().requires_grad_() for leaf in leaves]
    results = [value_and_gradients(op, leaves, grad_y) for op in (ours, native)]
    torch.testing.assert_close(*results, equal_nan=True)


@modest
@given(st.data(), st.sampled_from(ELEMENTWISE), shapes, dtypes)
def test_elementwise_ops(
    data: st.DataObject, pair: tuple[Native, Native], shape: tuple[int, ...], dtype: torch.dtype
) -> None:
    assert_same(*pair, [data.draw(strided(shape, dtype))], data.draw(strided(shape, dtype)))


@modest
@given(st.data(), st.booleans(), filled, dtypes)
def test_softmax_and_its_logarithm(data: st.DataObject, log: bool, shape: tuple[int, ...], dtype: torch.dtype) -> None:
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    ours, native = (ops.log_softmax, torch.log_softmax) if log else (ops.softmax, torch.softmax)
    assert_same(
        partial(ours, dim=dim),
        partial(native, dim=dim),
        [data.draw(strided(shape, dtype))],
        data.draw(strided(shape, dtype)),
    )


@modest
@given(st.data(), shapes, st.integers(0, 4), st.integers(0, 4), st.booleans(), dtypes)
def test_linear(
    data: st.DataObject, batch: tuple[int, ...], inputs: int, outputs: int, bias: bool, dtype: torch.dtype
) -> None:
    sizes = [(*batch, inputs), (outputs, inputs), (outputs,)][: 3 if bias else 2]
    leaves = [data.draw(strided(size, dtype)) for size in sizes]
    assert_same(ops.linear, torch.nn.functional.linear, leaves, data.draw(strided((*batch, outputs), dtype)))


@modest
@given(st.data(), filled, dtypes, st.sampled_from(["mean", "sum", "none"]))
def test_mse_loss_of_shapes_that_broadcast(
    data: st.DataObject, shape: tuple[int, ...], dtype: torch.dtype, reduction: str
) -> None:
    def smaller() -> tuple[int, ...]:
        kept = [1 if data.draw(st.booleans()) else n for n in shape]
        return tuple(kept[data.draw(st.integers(0, len(shape))) :])

    y, target = data.draw(strided(smaller(), dtype)), data.draw(strided(smaller(), dtype))

    def native(a: Tensor, b: Tensor) -> Tensor:
        return torch.nn.functional.mse_loss(*torch.broadcast_tensors(a, b), reduction=reduction)

    assert_same(partial(ops.mse_loss, reduction=reduction), native, [y, target])


@modest
@given(
    st.data(),
    filled,
    dtypes,
    st.sampled_from(["mean", "sum", "none"]),
    st.sampled_from([0.0, 0.1, 1.0]),
    st.booleans(),
    st.booleans(),
)
def test_cross_entropy(
    data: st.DataObject,
    shape: tuple[int, ...],
    dtype: torch.dtype,
    reduction: str,
    smoothing: float,
    weighted: bool,
    soft: bool,
) -> None:
    dim = min(1, len(shape) - 1)
    logits = data.draw(strided(shape, dtype))
    weight = torch.linspace(0.5, 1.5, shape[dim], dtype=dtype) if weighted else None
    if soft:
        target, ignored = data.draw(strided(shape, dtype)).softmax(dim), -100
    else:
        generator = torch.Generator().manual_seed(data.draw(seeds))
        target = torch.randint(shape[dim], shape[:dim] + shape[dim + 1 :], generator=generator)
        ignored = data.draw(st.integers(-1, shape[dim] - 1))
    options = {"weight": weight, "ignore_index": ignored, "reduction": reduction, "label_smoothing": smoothing}

    def native(x: Tensor) -> Tensor:
        return torch.nn.functional.cross_entropy(x, target, **options)

    assert_same(lambda x: ops.cross_entropy(x, target, **options), native, [logits])


@modest
@given(st.sampled_from(CASES), seeds, st.integers(1, 5))
def test_adjoint_law(case: Case, seed: int, n: int) -> None:
    """The vector-Jacobian and the Jacobian-vector product are of one Jacobian."""
    arguments = case.arguments(n=n, seed=seed)
    xs = tuple(arguments[i] for i in case.differentiable)
    function = case.of_differentiable(case.ours, arguments)
    tangents = tuple(upstream(x, seed) for x in xs)
    y, tangent_y = torch.func.jvp(function, xs, tangents)
    assume(y.isfinite().all())  # the mean over no sample, where every one is ignored
    grad_y = upstream(y, seed + 1)
    grads = torch.func.vjp(function, *xs)[1](grad_y)
    inner = sum((g * t).sum() for g, t in zip(grads, tangents, strict=True))
    torch.testing.assert_close((grad_y * tangent_y).sum(), inner)


@modest
@given(st.sampled_from(CASES), seeds)
def test_backward_is_linear_in_the_upstream_gradient(case: Case, seed: int) -> None:
    leaves = case.leaves(seed=seed)
    y = case.ours(*leaves)
    wanted = [t for t in leaves if t.requires_grad]
    a, b = upstream(y, seed), upstream(y, seed + 1)
    of_sum = torch.autograd.grad(y, wanted, 2 * a - 3 * b, retain_graph=True)
    of_a, of_b = (torch.autograd.grad(y, wanted, g, retain_graph=True) for g in (a, b))
    for g, g_a, g_b in zip(of_sum, of_a, of_b, strict=True):
        torch.testing.assert_close(g, 2 * g_a - 3 * g_b)


@modest
@given(st.data(), filled)
def test_softmax_sums_to_one_and_its_gradient_to_zero(data: st.DataObject, shape: tuple[int, ...]) -> None:
    x = data.draw(strided(shape, torch.float64)).detach().requires_grad_()
    y = ops.softmax(x, -1)
    torch.testing.assert_close(y.sum(-1), torch.ones(shape[:-1], dtype=torch.float64))
    (grad,) = torch.autograd.grad(y, x, upstream(y))
    torch.testing.assert_close(grad.sum(-1), torch.zeros(shape[:-1], dtype=torch.float64))
