"""Our promise beyond the laws: torch.compile(fullgraph=True) uses our rules, for training steps and in every transform."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor
from torch._dynamo import compiled_autograd
from torch._dynamo.utils import counters

from cases import PRINCIPAL, Case, Op
from gradients import over_principal_cases, upstream, value_and_gradients
from marked_rules import FACTOR, mark

pytestmark = pytest.mark.slow

over_backends = pytest.mark.parametrize("backend", ["eager", "aot_eager"])


@pytest.fixture(autouse=True, scope="module")
def _no_stale_graphs() -> Iterator[None]:
    """Compile anew in every run: what is tested are the rules of today."""
    with torch._functorch.config.patch(enable_autograd_cache=False):
        yield


@pytest.fixture(autouse=True)
def _fresh_compiler() -> Iterator[None]:
    torch._dynamo.reset()
    counters.clear()
    yield
    torch._dynamo.reset()


def scalar(op: Op) -> Op:
    def weighted(*tensors: Tensor) -> Tensor:
        y = op(*tensors)
        return (y * upstream(y)).sum()

    return weighted


def gradients(case: Case, op: Op) -> Op:
    return torch.func.grad(scalar(op), argnums=case.differentiable)


def derivative(case: Case, op: Op) -> Op:
    """The derivative along a fixed direction, by torch.func.jvp."""

    def along(*tensors: Tensor) -> Tensor:
        xs = tuple(tensors[i] for i in case.differentiable)
        return torch.func.jvp(case.of_differentiable(op, tensors), xs, tuple(map(upstream, xs)))[1]

    return along


def batched(case: Case, count: int = 3) -> list[Tensor]:
    return [torch.stack(draws) for draws in zip(*(case.arguments(seed=seed) for seed in range(count)), strict=True)]


def compiled(op: Op, backend: str, dynamic: bool = False) -> Op:
    return torch.compile(op, backend=backend, fullgraph=True, dynamic=dynamic)


@over_backends
@over_principal_cases
def test_compiled_training_step_uses_our_backward(case: Case, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mark(case, monkeypatch)
    leaves = case.leaves()
    _, *ours = value_and_gradients(compiled(case.ours, backend), leaves)
    _, *native = value_and_gradients(case.native, leaves)
    torch.testing.assert_close(ours, [FACTOR * g for g in native])


@over_backends
@over_principal_cases
def test_compiled_grad_uses_our_backward(case: Case, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mark(case, monkeypatch)
    ours = compiled(gradients(case, case.ours), backend)(*case.arguments())
    native = gradients(case, case.native)(*case.arguments())
    torch.testing.assert_close(ours, tuple(FACTOR * g for g in native))


@over_backends
@over_principal_cases
def test_compiled_jvp_uses_our_jvp(case: Case, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mark(case, monkeypatch)
    ours = compiled(derivative(case, case.ours), backend)(*case.arguments())
    torch.testing.assert_close(ours, FACTOR * derivative(case, case.native)(*case.arguments()))


@over_principal_cases
def test_compiled_jvp_where_the_tape_is_off(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    mark(case, monkeypatch)
    with torch.no_grad():
        ours = compiled(derivative(case, case.ours), "aot_eager")(*case.arguments())
    torch.testing.assert_close(ours, FACTOR * derivative(case, case.native)(*case.arguments()))


@over_backends
@over_principal_cases
def test_compiled_vmap_of_grad_uses_our_backward(case: Case, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mark(case, monkeypatch)
    ours = compiled(torch.func.vmap(gradients(case, case.ours)), backend)(*batched(case))
    native = torch.func.vmap(gradients(case, case.native))(*batched(case))
    torch.testing.assert_close(ours, tuple(FACTOR * g for g in native))


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")  # torch looks, for any op
@over_principal_cases
def test_compiled_autograd_uses_our_backward(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    mark(case, monkeypatch)
    ours, native = case.leaves(), case.leaves()
    with compiled_autograd._enable(torch.compile(backend="eager", fullgraph=True)):
        scalar(case.ours)(*ours).backward()
    assert counters["compiled_autograd"]["captures"] == 1
    scalar(case.native)(*native).backward()
    for i in case.differentiable:
        torch.testing.assert_close(ours[i].grad, FACTOR * native[i].grad)


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_compiled_saturated_gradient_is_ours_and_not_zero(name: str) -> None:
    case = next(case for case in PRINCIPAL if case.name == name)
    x = torch.tensor([30.0])
    (slope,) = compiled(gradients(case, case.ours), "aot_eager")(x)
    assert slope.item() != 0
    assert gradients(case, case.native)(x)[0].item() == 0


# Inductor takes seconds for every graph, so one graph holds all ops.


def _of_all(transform: Op) -> Op:
    def function(arguments: list[list[Tensor]]) -> list:
        return [transform(case, case.ours)(*tensors) for case, tensors in zip(PRINCIPAL, arguments, strict=True)]

    return function


@pytest.fixture(scope="module")
def inductor_func() -> dict[str, list]:
    """grad, jvp and vmap of grad of all ops with tripled rules."""
    torch._dynamo.reset()

    def everything(case: Case, op: Op) -> Op:
        return lambda *tensors: (gradients(case, op)(*tensors), derivative(case, op)(*tensors))

    def batches(case: Case, op: Op) -> Op:
        return torch.func.vmap(gradients(case, op))

    def function(one: list[list[Tensor]], several: list[list[Tensor]]) -> tuple:
        return _of_all(everything)(one), _of_all(batches)(several)

    with pytest.MonkeyPatch.context() as monkeypatch:
        for op in {case.op: case for case in PRINCIPAL}.values():
            mark(op, monkeypatch)
        ours = compiled(function, "inductor")(
            [c.arguments(torch.float32) for c in PRINCIPAL], list(map(_singles, PRINCIPAL))
        )
    return {case.name: [one, several] for case, one, several in zip(PRINCIPAL, *ours, strict=True)}


def _singles(case: Case) -> list[Tensor]:
    return [t.float() if t.is_floating_point() else t for t in batched(case)]


@over_principal_cases
def test_inductor_grad_uses_our_backward(case: Case, inductor_func: dict[str, list]) -> None:
    native = gradients(case, case.native)(*case.arguments(torch.float32))
    torch.testing.assert_close(inductor_func[case.name][0][0], tuple(FACTOR * g for g in native))


@over_principal_cases
def test_inductor_jvp_uses_our_jvp(case: Case, inductor_func: dict[str, list]) -> None:
    native = derivative(case, case.native)(*case.arguments(torch.float32))
    torch.testing.assert_close(inductor_func[case.name][0][1], FACTOR * native, rtol=1e-5, atol=1e-6)


@over_principal_cases
def test_inductor_vmap_of_grad_uses_our_backward(case: Case, inductor_func: dict[str, list]) -> None:
    native = torch.func.vmap(gradients(case, case.native))(*_singles(case))
    torch.testing.assert_close(inductor_func[case.name][1], tuple(FACTOR * g for g in native))
