"""What the chapter calls things: x, u1, h1, …, y and W1, b1, numbered from 1 by the linear maps."""

from __future__ import annotations

from collections.abc import Sequence


def output_names(ops: Sequence[str]) -> list[str]:
    """The name of what each op of a net gives: ``u`` after a linear map, ``h`` after a nonlinear one, ``y`` after the last."""
    names: list[str] = []
    for place, op in enumerate(ops):
        number = ops[: place + 1].count("linear")
        name = "z" if op == "standardize" else f"u{number}" if op == "linear" else f"h{number}"
        if place == len(ops) - 1:
            name = "y"
        while name in names:
            name += "′"
        names.append(name)
    return names


def parameter_names(ops: Sequence[str], place: int) -> dict[str, str]:
    """The name of the weight and the bias of the linear map at ``place``."""
    number = ops[: place + 1].count("linear")
    return {"weight": f"W{number}", "bias": f"b{number}"}


def gradient_name(variable: str) -> str:
    """``dL/dW1``."""
    return f"dL/d{variable}"


def factor_name(output: str, variable: str) -> str:
    """``du1/dW1``."""
    return f"d{output}/d{variable}"


def name_parts(name: str) -> tuple[str, str, str]:
    """Letter, subscript and primes of a variable: ``("u", "1", "")`` of ``u1``, for a renderer to set."""
    bare = name.rstrip("′")
    letter = bare.rstrip("0123456789")
    return letter, bare[len(letter) :], name[len(bare) :]
