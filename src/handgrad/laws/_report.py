"""What `check` returns, and its JSON.

    {"format": "handgrad.laws.report/1",
     "target": str, "lawful": bool, "strict": bool, "broken": [law, …], "cause": str | null, "diagnosis": [sentence, …],
     "notes": [sentence, …], "versions": {"handgrad" | "torch" | "python": str},
     "verdicts": {law: {"law": str, "status": "holds" | "broken" | "not offered" | "not applicable" | "not tried" | "waived",
                        "sentence": str, "case": str, "snippet": str | null, "seconds": number,
                        "evidence": [{"what": str, "entry": [int, …] | null, "expected": number | str | null,
                                      "got": number | str | null, "noise": number | null,
                                      "share": [wrong, of] | null}, …]}}}

The order of the verdicts is that of the laws. NaN and infinities, which JSON does not know, are "nan", "inf" and "-inf".
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handgrad.laws._page import as_html
from handgrad.laws._text import as_table, as_text
from handgrad.laws._verdict import Status, Verdict
from handgrad.laws._versions import versions
from handgrad.laws.families import LAWS

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
        versions: of what judged.
    """

    target: str
    verdicts: Mapping[str, Verdict]
    cause: str | None = None
    diagnosis: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    strict: bool = False
    versions: Mapping[str, str] = field(default_factory=versions)

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

    def by_family(self) -> dict[str, list[Verdict]]:
        """The verdicts by the family of their law, in the order of the laws."""
        families = {law.name: law.family for law in LAWS}
        found: dict[str, list[Verdict]] = {}
        for name, verdict in self.verdicts.items():
            found.setdefault(families.get(name, "other"), []).append(verdict)
        return found

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
            "versions": dict(self.versions),
            "verdicts": {name: verdict.to_dict() for name, verdict in self.verdicts.items()},
        }

    def to_json(self) -> str:
        """The report as JSON, of the form that this module's docstring gives."""
        return json.dumps(_plain(self.to_dict()), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Report:
        """The report that `to_json` wrote.

        Raises:
            ValueError: the text is not such JSON.
        """
        try:
            record = json.loads(text)
            if record["format"] != FORMAT:
                raise ValueError(f"the format {record['format']!r}")
            return cls(
                record["target"],
                {name: Verdict.from_dict(verdict) for name, verdict in record["verdicts"].items()},
                record["cause"],
                tuple(record["diagnosis"]),
                tuple(record["notes"]),
                record["strict"],
                record["versions"],
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"Report.from_json: expected the JSON of a report, format {FORMAT}; got {error}"
            ) from error

    def to_html(self) -> str:
        """One self-contained page: the verdict, the diagnosis, the laws with their evidence, programs that show what is broken."""
        return as_html(self)

    def table(self) -> str:
        """Law and verdict, a line each, by family."""
        return as_table(self)

    def __str__(self) -> str:
        """The verdict, the diagnosis, then what is broken, each with its evidence, and what is waived."""
        return as_text(self)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
