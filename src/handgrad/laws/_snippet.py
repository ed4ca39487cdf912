"""A program for each broken law that shows it, as short as it can be."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from handgrad.laws._literal import is_exact, literal
from handgrad.laws._name import name_of
from handgrad.laws._origin import origin_of
from handgrad.laws._signature import signature_of
from handgrad.laws._subject import Subject
from handgrad.laws._verdict import Status, Verdict

PAGES = re.compile(r"gradient of (?P<name>\w[\w .]*)")
STEP = {torch.float64: 1e-5}


def with_snippets(subjects: Sequence[Subject], verdicts: Mapping[str, Verdict], strict: bool) -> dict[str, Verdict]:
    """The verdicts, each broken one with a program that shows it."""
    by_case = {subject.case.name: subject for subject in subjects}
    return {
        name: replace(verdict, snippet=snippet(by_case[verdict.case], verdict, strict))
        if verdict.status is Status.BROKEN and verdict.snippet is None
        else verdict
        for name, verdict in verdicts.items()
    }


def snippet(subject: Subject, verdict: Verdict, strict: bool = False) -> str:
    """A program that shows why ``verdict`` is broken: it fails, or prints what is and what should be.

    It imports the function, writes the arguments out (drawn anew where they are large), and breaks the law. What cannot be
    imported (a lambda, say) stands there as a comment to be replaced.
    """
    call = _Call.of(subject)
    shown = _difference(subject, call, verdict) if verdict.law == "vjp" and call.exact else None
    lines = [f"# {verdict.law}: {_one_line(verdict.sentence)}", *call.imports, "", *call.arguments, ""]
    return "\n".join([*lines, *(shown or _assertion(subject, call, verdict, strict))]) + "\n"


@dataclass(frozen=True)
class _Call:
    """How the function is called in the program.

    Attributes:
        name: what the function is called there.
        imports: the lines before the arguments.
        arguments: a line for each argument that is a tensor.
        args: an expression for each positional argument.
        kwargs: one for each keyword argument.
        exact: whether the function and all arguments are the very same.
    """

    name: str
    imports: list[str]
    arguments: list[str]
    args: list[str]
    kwargs: dict[str, str]
    exact: bool

    @classmethod
    def of(cls, subject: Subject) -> _Call:
        origin = origin_of(subject.fn)
        name = origin.name if origin else "fn"
        missing = [f"fn = ...  # put {name_of(subject.fn)} here: it has no name by which it could be imported"]
        taken = {name.partition(".")[0], "torch", "laws", "sys"}
        arguments: list[str] = []
        args = [_argument(v, n, taken, arguments) for v, n in zip(subject.case.args, _names(subject), strict=True)]
        kwargs = {key: _argument(value, key, taken, arguments) for key, value in subject.case.kwargs.items()}
        values = [*subject.case.args, *subject.case.kwargs.values()]
        exact = (
            origin is not None
            and all(map(is_exact, values))
            and not any("..." in line for line in [*args, *kwargs.values()])
        )
        imports = ["from math import inf, nan"] if _not_finite(arguments) else []
        imports += [*origin.path, "import torch", origin.line] if origin else ["import torch", "", *missing]
        if not all(map(is_exact, values)):
            arguments.insert(
                0, "torch.manual_seed(0)  # the large ones are drawn anew, with the same shape, signs and range"
            )
        return cls(name, imports, arguments, args, kwargs, exact)

    def __call__(self, **instead: str) -> str:
        """The call, with other expressions for some of the arguments."""
        keywords = [f"{key}={instead.get(value, value)}" for key, value in self.kwargs.items()]
        return f"{self.name}({', '.join([*(instead.get(arg, arg) for arg in self.args), *keywords])})"


def _argument(value: Any, name: str, taken: set[str], lines: list[str]) -> str:
    """The expression for an argument; a tensor gets a line and a name of its own."""
    written = literal(value)
    if not isinstance(value, Tensor):
        return f"...  # {_one_line(repr(value))[:60]}" if written is None else written
    while name in taken or keyword.iskeyword(name):
        name += "_"
    taken.add(name)
    lines.append(f"{name} = {written}" + (".requires_grad_()" if value.requires_grad else ""))
    return name


def _names(subject: Subject) -> list[str]:
    """The names of the positional arguments, where the function tells them."""
    args = subject.case.args
    signature = signature_of(subject.fn)
    parameters = signature.parameters.values() if signature else ()
    positional = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [positional[i] if i < len(positional) else f"argument_{i}" for i in range(len(args))]


def _difference(subject: Subject, call: _Call, verdict: Verdict) -> list[str] | None:
    """Autograd's number at the worst entry beside a central difference; None where it does not come down to that."""
    for evidence in verdict.evidence:
        found = PAGES.fullmatch(evidence.what)
        name = found["name"].replace(" ", "_") if found else ""
        with torch.no_grad():
            single = len(subject(*subject.points)) == 1
        if single and evidence.entry is not None and name in [*call.args, *call.kwargs.values()]:
            entry = ", ".join(map(str, evidence.entry))
            dtype = subject.points[subject.names.index(found["name"])].dtype if found else torch.float64
            return _difference_lines(call, name, entry, STEP.get(dtype, 1e-2))
    return None


def _difference_lines(call: _Call, name: str, entry: str, step: float) -> list[str]:
    index, place = (f"[{entry}]", f"{name}[{entry}]") if entry else ("", name)
    return [
        f"y = {call(**{name: f'{name}.requires_grad_()'})}",
        "grad_y = torch.arange(1, y.numel() + 1, dtype=y.dtype).mul(12.9898).sin().reshape(y.shape)",
        f"(got,) = torch.autograd.grad(y, {name}, grad_y)",
        f"step = torch.zeros_like({name})",
        f"step{index or '[()]'} = {step:g}",
        "with torch.no_grad():",
        f"    difference = {call(**{name: f'{name} + step'})} - {call(**{name: f'{name} - step'})}",
        f"expected = (grad_y * difference).sum() / {2 * step:g}",
        f'print(f"gradient of {place}: got {{got{index}:.8g}}, a central difference gives {{expected:.8g}}")',
    ]


def _assertion(subject: Subject, call: _Call, verdict: Verdict, strict: bool) -> list[str]:
    """The judge itself, asked for this law alone."""
    options = [f"laws=[{verdict.law!r}]"]
    if call.kwargs:
        options.insert(0, "kwargs={" + ", ".join(f"{key!r}: {value}" for key, value in call.kwargs.items()) + "}")
    lines = ["from handgrad import laws", ""]
    if subject.oracle is not None:
        oracle = origin_of(subject.oracle)
        lines[1:1] = [*oracle.path, oracle.line] if oracle else []
        lines += [] if oracle else [f"oracle = ...  # put {name_of(subject.oracle)} here"]
        options.append(f"oracle={oracle.name if oracle else 'oracle'}")
    options += ["strict=True"] * strict + [f"seed={subject.seed}"] * bool(subject.seed)
    inputs = f"[{', '.join(call.args)}]"
    return [*lines, f"laws.assert_lawful({call.name}, {inputs}, {', '.join(options)})"]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _not_finite(lines: list[str]) -> bool:
    return any(re.search(r"[\[ (-](nan|inf)[\],)]", line) for line in lines)
