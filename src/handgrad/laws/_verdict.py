"""What a law says about a function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from handgrad.laws._finding import Evidence


class Status(StrEnum):
    """How a law ended."""

    HOLDS = "holds"
    BROKEN = "broken"
    NOT_OFFERED = "not offered"
    NOT_APPLICABLE = "not applicable"
    NOT_TRIED = "not tried"
    WAIVED = "waived"


@dataclass(frozen=True)
class Verdict:
    """How one law ended, over all cases: broken where it is broken for one.

    Attributes:
        law: the name of the law.
        status: how it ended.
        sentence: what was found; empty where the law simply holds.
        evidence: the numbers that show it, the worst first.
        case: the name of the case that showed it; empty where there is only one.
        snippet: a program that shows it; None where there is nothing to show.
        seconds: how long it took.
    """

    law: str
    status: Status
    sentence: str = ""
    evidence: tuple[Evidence, ...] = ()
    case: str = ""
    snippet: str | None = None
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain containers, for JSON."""
        return {
            "law": self.law,
            "status": str(self.status),
            "sentence": self.sentence,
            "evidence": [evidence.to_dict() for evidence in self.evidence],
            "case": self.case,
            "snippet": self.snippet,
            "seconds": round(self.seconds, 6),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Verdict:
        """What `to_dict` gave."""
        evidence = tuple(map(Evidence.from_dict, record["evidence"]))
        return cls(**{**record, "status": Status(record["status"]), "evidence": evidence})
