"""Hooks run around our rules as around torch's own: each once, and in the same order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from cases import Case, Op
from gradients import over_cases, upstream


class Whole(nn.Module):
    """An op as a module."""

    def __init__(self, op: Op) -> None:
        super().__init__()
        self.op = op

    def forward(self, *arguments: Tensor) -> Tensor:
        return self.op(*arguments)


def events(case: Case, op: Op) -> list[str]:
    """What hooks of every kind tell in one backward pass, in order."""
    seen: list[str] = []

    def tell(event: str) -> Callable[..., Any]:
        return lambda *_: seen.append(event)

    leaves = case.leaves()
    for place in case.differentiable:
        leaves[place].register_hook(tell(f"{case.parameters[place]}: gradient"))
        leaves[place].register_post_accumulate_grad_hook(tell(f"{case.parameters[place]}: accumulated"))
    if isinstance(op, nn.Module):
        op.register_full_backward_pre_hook(tell("before the module"))
        op.register_full_backward_hook(tell("after the module"))
    output = op(*leaves)
    output.register_hook(tell("gradient of the output"))
    output.grad_fn.register_prehook(tell("before the node"))
    output.grad_fn.register_hook(tell("after the node"))
    output.backward(upstream(output))
    assert len(set(seen)) == len(seen), "a hook runs twice"
    return seen


@over_cases
def test_hooks_of_a_module_run_in_the_order_of_torch(case: Case) -> None:
    ours, native = (events(case, Whole(op)) for op in (case.ours, case.native))
    assert ours == native
    assert len(ours) == 5 + 2 * len(case.differentiable)


@over_cases
def test_hooks_of_a_function_run_in_the_order_of_torch(case: Case) -> None:
    """Seen from each of its tensors: which of them is served first is torch's own affair, and its ops differ in it."""
    ours, native = (events(case, op) for op in (case.ours, case.native))
    assert set(ours) == set(native)
    for place in case.differentiable:
        mine = [
            [e for e in told if ":" not in e or e.startswith(f"{case.parameters[place]}:")] for told in (ours, native)
        ]
        assert mine[0] == mine[1]
        assert len(mine[0]) == 5
