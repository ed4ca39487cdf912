"""Arguments of a function, described on the command line; ``check.py --help`` shows the forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from near_matches import did_you_mean
from ranges import ConfigurationError

if TYPE_CHECKING:
    import torch

FLOATING = ("float64", "float32", "bfloat16", "float16")
INTEGER = ("int64", "int32", "int16", "int8", "uint8")
DTYPES = (*FLOATING, *INTEGER, "bool", "complex64", "complex128")
FORMS = {"shape": ("dtype", "low", "high"), "values": ("dtype",), "plain": ()}
EXPECTED = {
    "inputs": (list, "list of arguments such as '[[3,4],[5]]'"),
    "kwargs": (dict, "mapping such as '{reduction:sum}'"),
}


def check_arguments(key: str, described: Any) -> None:
    """Raise for the first argument that is described wrongly, without importing torch.

    Args:
        key: where the arguments stand: inputs, a list, or kwargs, a mapping by name.
        described: what stands there.

    Raises:
        ConfigurationError: with the argument, what it must be, and what it is.
    """
    if not isinstance(described, EXPECTED[key][0]):
        raise ConfigurationError(f"{key} must be a {EXPECTED[key][1]}, got {described!r}.")
    items = described.items() if isinstance(described, dict) else enumerate(described)
    for name, argument in items:
        _check_argument(f"{key}[{name}]", argument)


def _check_argument(key: str, argument: Any) -> None:
    if isinstance(argument, list) and not _is_shape(argument):
        raise ConfigurationError(
            f"{key} must be a shape such as [3,4], got {argument!r}. "
            "Values are written {values:[1.5,2]}, a list that is meant as it is {plain:[1.5,2]}."
        )
    if not isinstance(argument, dict):
        return
    form = next((name for name in FORMS if name in argument), None)
    if form is None:
        raise ConfigurationError(
            f"{key} must have one of {', '.join(FORMS)}, got {argument!r}.{_near(argument, FORMS)}"
        )
    for name in argument:
        if name != form and name not in FORMS[form]:
            raise ConfigurationError(
                f"{key}: {name} does not go with {form}; {', '.join(FORMS[form]) or 'nothing'} does.{_near([name], FORMS[form])}"
            )
    dtype = argument.get("dtype")
    if dtype is not None and dtype not in DTYPES:
        raise ConfigurationError(
            f"{key}: dtype must be one of {', '.join(DTYPES)}, got {dtype!r}.{did_you_mean(str(dtype), DTYPES)}"
        )
    if form == "shape":
        _check_drawn(key, argument)
    if form == "values":
        _check_values(key, argument["values"])


def _check_drawn(key: str, argument: Mapping[str, Any]) -> None:
    if not _is_shape(argument["shape"]):
        raise ConfigurationError(f"{key}: shape must be a list of sizes such as [3,4], got {argument['shape']!r}.")
    low, high = argument.get("low", 0), argument.get("high")
    if any(isinstance(bound, bool) or not isinstance(bound, int | float) for bound in (low, high) if bound is not None):
        raise ConfigurationError(f"{key}: low and high must be numbers, got {low!r} and {high!r}.")
    if argument.get("dtype") in INTEGER and high is None:
        raise ConfigurationError(f"{key}: integers need high, below which they are drawn: {{…,high:4}}.")
    if high is not None and not low < high:
        raise ConfigurationError(f"{key}: low must be below high, got {low} and {high}.")


def _check_values(key: str, values: Any) -> None:
    """Nested lists of numbers, of equal lengths."""
    if isinstance(values, list):
        for value in values:
            _check_values(key, value)
        if len({_shape(value) for value in values}) > 1:
            raise ConfigurationError(f"{key}: the rows of values must be equally long, got {values!r}.")
    elif not isinstance(values, int | float):
        raise ConfigurationError(f"{key}: values must be numbers, got {values!r}.")


def _shape(values: Any) -> tuple[int, ...]:
    return (len(values), *(_shape(values[0]) if values else ())) if isinstance(values, list) else ()


def _is_shape(value: Any) -> bool:
    return isinstance(value, list) and all(type(size) is int and size >= 0 for size in value)


def _near(names: Any, known: Any) -> str:
    return next((near for near in (did_you_mean(str(name), known) for name in names) if near), "")


def arguments(described: Sequence[Any], dtype: str, device: str, generator: torch.Generator) -> list[Any]:
    """The arguments themselves; tensors are drawn on the CPU, so that every device gets the same."""
    return [_argument(one, dtype, device, generator) for one in described]


def _argument(described: Any, dtype: str, device: str, generator: torch.Generator) -> Any:
    if isinstance(described, list):
        described = {"shape": described}
    if not isinstance(described, dict):
        return described
    if "plain" in described:
        return described["plain"]
    import torch

    kind = getattr(torch, described.get("dtype") or dtype)
    if "values" in described:
        tensor = torch.tensor(described["values"])
        floats = tensor.is_floating_point() or "dtype" in described
        return tensor.to(device, kind if floats else torch.int64)
    return _drawn(described, kind, generator).to(device)


def _drawn(described: Mapping[str, Any], kind: torch.dtype, generator: torch.Generator) -> torch.Tensor:
    import torch

    shape, low, high = described["shape"], described.get("low", 0), described.get("high")
    if kind is torch.bool:
        return torch.rand(shape, generator=generator) < 0.5
    if not (kind.is_floating_point or kind.is_complex):
        return torch.randint(low, high or 0, shape, dtype=kind, generator=generator)
    if high is None:
        return torch.randn(shape, dtype=torch.complex128 if kind.is_complex else torch.float64, generator=generator).to(
            kind
        )
    uniform = torch.rand(shape, dtype=torch.float64, generator=generator)
    return uniform.mul(high - low).add(low).to(kind)
