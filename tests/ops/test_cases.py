"""The table of cases itself: nothing public is left out, and the oracles are apart from what they judge."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from cases import BY_NAME, CASES, PRINCIPAL, Case
from gradients import over_cases
from handgrad import ops
from handgrad.ops._hand_function import HandFunction


def public_ops() -> set[str]:
    return {name for name, value in vars(ops).items() if inspect.isfunction(value) and not name.startswith("_")}


def test_every_public_op_has_a_case() -> None:
    assert {case.op for case in CASES} == public_ops()
    assert {case.op for case in PRINCIPAL} == public_ops()


def test_no_two_cases_have_one_name() -> None:
    assert len(BY_NAME) == len(CASES)


def rules(rule: type = HandFunction) -> set[type]:
    """The rules of the package: the classes below HandFunction that nobody derives from but a test."""
    below = {cls for cls in rule.__subclasses__() if cls.__module__.startswith("handgrad.")}
    return set().union(*map(rules, below)) if below else {rule}


def test_every_rule_has_its_four_methods() -> None:
    for rule in rules():
        for method in ("forward", "setup_context", "backward", "jvp"):
            assert getattr(rule, method) is not getattr(Function, method), f"{rule.__name__}.{method}"


def test_every_rule_is_reached_by_a_case() -> None:
    reached = set()
    for case in CASES:
        leaves = case.leaves()
        y = case.ours(*leaves)
        grads = torch.autograd.grad(y, [t for t in leaves if t.requires_grad], torch.ones_like(y), create_graph=True)
        reached |= {getattr(type(node), "_forward_cls", None) for node in graph(y, *grads)}
    assert reached >= rules()


def graph(*tensors: Tensor) -> set[Any]:
    """The nodes behind the tensors."""
    pending, seen = [t.grad_fn for t in tensors], set()
    while pending:
        node = pending.pop()
        if node is not None and node not in seen:
            seen.add(node)
            pending += [following for following, _ in node.next_functions]
    return seen


@over_cases
def test_oracle_is_not_ours(case: Case) -> None:
    for oracle in (case.native, case.oracle):
        assert not [node for node in graph(oracle(*case.leaves())) if hasattr(type(node), "_forward_cls")]


@over_cases
def test_both_oracles_agree(case: Case) -> None:
    torch.testing.assert_close(case.oracle(*case.arguments()), case.native(*case.arguments()))


@over_cases
def test_signature_is_that_of_torch(case: Case) -> None:
    native = {"linear": torch.nn.functional.linear, "cross_entropy": torch.nn.functional.cross_entropy}.get(case.op)
    if native is not None and inspect.isfunction(native):
        theirs = [p for p in inspect.signature(native).parameters if p not in ("size_average", "reduce", "input")]
        ours = list(inspect.signature(getattr(ops, case.op)).parameters)[1:]
        assert sorted(ours) == sorted(theirs)
