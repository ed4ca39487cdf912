"""The chapter's names, also where a net is not made as in the chapter."""

from __future__ import annotations

import pytest

from handgrad.explain import chapter_example, name_parts, trace
from handgrad.explain._names import output_names


@pytest.mark.parametrize(
    ("ops", "names"),
    [
        (["linear"], ["y"]),
        (["linear", "relu", "linear", "sigmoid"], ["u1", "h1", "u2", "y"]),
        (["standardize", "linear", "relu", "linear"], ["z", "u1", "h1", "y"]),
        (["linear", "relu", "tanh", "relu", "linear"], ["u1", "h1", "h1′", "h1′′", "y"]),
        (["relu", "linear", "linear", "linear"], ["h0", "u1", "u2", "y"]),
        (["standardize", "standardize", "linear"], ["z", "z′", "y"]),
    ],
)
def test_output_names(ops: list[str], names: list[str]) -> None:
    assert output_names(ops) == names


@pytest.mark.parametrize(
    ("name", "parts"),
    [("u1", ("u", "1", "")), ("h12′′", ("h", "12", "′′")), ("y", ("y", "", "")), ("z′", ("z", "", "′"))],
)
def test_name_parts(name: str, parts: tuple[str, str, str]) -> None:
    assert name_parts(name) == parts


def test_output_of_the_net_is_y() -> None:
    assert trace(*chapter_example()).output == "y"
