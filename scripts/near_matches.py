"""The nearest known names to a name that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

ENOUGH = 0.6  # of the letters, as in difflib.get_close_matches
AS_GOOD = 0.05  # behind the best match, still worth naming
ELSEWHERE = 0.85  # what a match of the last part alone is worth: "lr" finds "optimizer.lr"


def near_matches(name: str, known: Iterable[str], at_most: int = 3) -> list[str]:
    """The names of ``known`` that ``name`` was probably meant to be, best first."""
    scores = {full: _likeness(name, full) for full in known}
    best = max(scores.values(), default=0.0)
    near = [full for full, score in scores.items() if score >= max(ENOUGH, best - AS_GOOD)]
    return sorted(near, key=lambda full: -scores[full])[:at_most]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence naming the near matches, with a space before it; empty if nothing is near."""
    near = near_matches(name, known)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def _likeness(name: str, full: str) -> float:
    """How alike two dotted names are, from 0 to 1."""
    last = SequenceMatcher(None, name.rpartition(".")[2], full.rpartition(".")[2]).ratio()
    return max(SequenceMatcher(None, name, full).ratio(), ELSEWHERE * last)
