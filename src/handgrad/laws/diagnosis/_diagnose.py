"""Match what is broken against the catalogue."""

from collections.abc import Mapping, Sequence

from handgrad.laws._subject import Subject
from handgrad.laws._verdict import Verdict


def diagnose(subjects: Sequence[Subject], verdicts: Mapping[str, Verdict]) -> tuple[str | None, tuple[str, ...]]:
    """The key in `CAUSES` of what explains the broken verdicts (None: nothing known does), and the sentences that say so."""
    return None, ()
