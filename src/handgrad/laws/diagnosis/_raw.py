"""What a rule itself returns, before the engine sums it to the right shape and casts it to the right dtype without a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from handgrad.laws._subject import Subject
from handgrad.laws.diagnosis._tape import Tape


def raw_gradients(subject: Subject) -> dict[int, Tensor | None]:
    """By place, the gradients that the rules return for the tensors that go straight into an ``autograd.Function``.

    The engine runs until the rule is reached, or raises; then the rule is asked once more, alone.
    """
    tape = Tape(subject)
    reached: list[tuple[Any, list[Tensor | None]]] = []
    for node in tape.rules():
        node.register_prehook(_listener(node, reached))
    try:
        tape.backward()
    except Exception as error:
        if not reached:
            raise error from None
    places = {id(leaf): place for place, leaf in enumerate(tape.leaves)}
    found: dict[int, Tensor | None] = {}
    for node, grads in reached:
        found |= _returned(node, grads, places)
    return found


def _listener(node: Any, reached: list[tuple[Any, list[Tensor | None]]]) -> Callable[[tuple[Tensor | None, ...]], None]:
    def listen(grads: tuple[Tensor | None, ...]) -> None:
        reached.append((node, [None if grad is None else grad.clone() for grad in grads]))

    return listen


def _returned(node: Any, grads: list[Tensor | None], places: dict[int, int]) -> dict[int, Tensor | None]:
    with torch.no_grad():
        returned = type(node)._forward_cls.backward(node, *grads)
    returned = tuple(returned) if isinstance(returned, tuple | list) else (returned,)
    wanted = [grad for grad, needed in zip(returned, node.needs_input_grad, strict=False) if needed]
    sources = [id(getattr(before, "variable", None)) for before, _ in node.next_functions if before is not None]
    return {places[source]: grad for source, grad in zip(sources, wanted, strict=False) if source in places}
