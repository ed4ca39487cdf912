"""Our ops before the judge: a report for every case, one for all ops together, each made once for all processes of a test run.

What the laws on compilers and processes cost is seconds a function, so they judge the principal cases only, and what starts
processes or a C++ compiler judges all principal cases side by side, as one function.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import all_ops
from cases import BY_NAME
from handgrad.laws import LAWS, Law, Report, check

TOGETHER = "all ops"

_SIDE_BY_SIDE = (
    "compiled_inductor",
    "compiled_grad_inductor",
    "compiled_jvp_inductor",
    "compiled_vmap_inductor",
    "ddp",
    "fsdp",
)

FAST: list[Law] = [law for law in LAWS if not law.slow]
"""Judged for every case."""

SLOW_EACH: list[Law] = [law for law in LAWS if law.slow and law.name not in _SIDE_BY_SIDE]
"""Judged for every principal case."""

SLOW_TOGETHER: list[Law] = [law for law in LAWS if law.slow and law not in SLOW_EACH]
"""Judged once, for all principal cases side by side."""


def report(name: str, laws: list[Law], folder: Path | None = None) -> Report:
    """The verdicts of ``laws`` on the case of that name (`TOGETHER`: on all); kept in ``folder`` for other processes.

    Two processes may judge the same case at the same time; then both come to the same verdicts.
    """
    return _kept(name, tuple(law.name for law in laws), folder)


@cache
def _kept(name: str, laws: tuple[str, ...], folder: Path | None) -> Report:
    path = folder and folder / f"{name}-{laws[0]}.json"
    if path and path.exists():
        return Report.from_json(path.read_text(encoding="utf-8"))
    found = check(**_judged(name), strict=True, laws=laws)
    if path:
        draft = path.with_suffix(f".{id(found)}")
        draft.write_text(found.to_json(), encoding="utf-8")
        draft.replace(path)
    return found


def _judged(name: str) -> dict[str, Any]:
    if name == TOGETHER:
        return {"fn": all_ops.ours, "inputs": all_ops.arguments(), "oracle": all_ops.native}
    case = BY_NAME[name]
    return {"fn": case.ours, "inputs": case.leaves(), "oracle": case.native}
