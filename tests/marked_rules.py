"""Rules with a wrong factor, to see who is asked for a derivative.

A compiler that differentiated ``forward`` instead of using the hand-written rule would be right, too, so nobody would notice. With
every rule replaced by three times itself, whoever uses the rules comes out three times too large, and nobody else does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from cases import Case, Op

FACTOR = 3


def rules(op: Op) -> Iterator[tuple[Any, str]]:
    """The modules and names under which a public op finds its Functions."""
    function = op.func if isinstance(op, partial) else op
    module = sys.modules[function.__module__]
    for name in function.__code__.co_names:
        if name.endswith("Function"):
            yield module, name


def mark(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the rules of the case's op by their triples, for this test."""
    found = list(rules(case.ours))
    assert found
    for module, name in found:
        monkeypatch.setattr(module, name, tripled(getattr(module, name)))


def tripled(rule: Any) -> Any:
    def times(product: Any) -> Any:
        if isinstance(product, tuple):
            return tuple(map(times, product))
        return None if product is None else FACTOR * product

    return type(
        f"Tripled{rule.__name__}",
        (rule,),
        {
            "backward": staticmethod(lambda ctx, *grads: times(rule.backward(ctx, *grads))),
            "jvp": staticmethod(lambda ctx, *tangents: times(rule.jvp(ctx, *tangents))),
        },
    )
