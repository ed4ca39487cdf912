"""What `check` returns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handgrad.laws._verdict import Status, Verdict

FORMAT = "handgrad.laws.report/1"


@dataclass(frozen=True)
class Report:
    """The verdicts on one function, and what they mean together.

    Attributes:
        target: what was judged.
        verdicts: law to verdict, in the order of the laws.
        cause: the key of `CAUSES` that explains what is broken; None where nothing is, or nothing known does.
        diagnosis: sentences: the cause with its evidence, or the pattern of the errors.
        notes: what a reader must know to believe it: the dtype of the judgement, where tolerances come from.
        strict: whether everything that the canonical form offers was demanded.
    """

    target: str
    verdicts: Mapping[str, Verdict]
    cause: str | None = None
    diagnosis: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    strict: bool = False

    @property
    def broken(self) -> list[str]:
        """The names of the laws that are broken."""
        return [name for name, verdict in self.verdicts.items() if verdict.status is Status.BROKEN]

    @property
    def lawful(self) -> bool:
        """Whether nothing is broken."""
        return not self.broken

    def counts(self) -> dict[Status, int]:
        """How many laws ended how."""
        return {status: sum(v.status is status for v in self.verdicts.values()) for status in Status}

    def to_dict(self) -> dict[str, Any]:
        """Plain containers, for JSON."""
        return {
            "format": FORMAT,
            "target": self.target,
            "lawful": self.lawful,
            "strict": self.strict,
            "broken": self.broken,
            "cause": self.cause,
            "diagnosis": list(self.diagnosis),
            "notes": list(self.notes),
            "verdicts": {name: verdict.to_dict() for name, verdict in self.verdicts.items()},
        }

    def to_json(self) -> str:
        """The report as JSON; numbers that JSON does not know (NaN, infinities) as strings."""
        return json.dumps(_plain(self.to_dict()), indent=1, ensure_ascii=False, allow_nan=False)

    def __str__(self) -> str:
        """The diagnosis, then a line for every broken law."""
        lines = [f"{self.target}: {'lawful' if self.lawful else 'unlawful'}"]
        lines += self.diagnosis
        lines += [f"  {name}: {self.verdicts[name].sentence}" for name in self.broken]
        lines += [f"    {self.verdicts[name].evidence[0]}" for name in self.broken if self.verdicts[name].evidence]
        return "\n".join(lines)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not (abs(value) < float("inf")):
        return str(value)
    return value
