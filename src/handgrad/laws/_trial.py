"""One law on one subject: from what happens to a verdict."""

from __future__ import annotations

import time

from handgrad.laws._finding import BrokenError, Evidence, NotApplicableError, NotOfferedError
from handgrad.laws._law import Law
from handgrad.laws._subject import Subject
from handgrad.laws._verdict import Status, Verdict

REFUSALS = (
    "You must implement the jvp function",
    "You must implement either the backward or vjp",
    "generate_vmap_rule",
    "must have a setup_context static method",
    "Trying to use forward AD with",
    "does not support forward AD",
    "Batching rule not implemented for",
    "marked with @once_differentiable",
    "derivative for aten::",
    "vmap: ",
    "must override the setup_context staticmethod",
    "ZeroTensors are immutable",
    "would mutate a captured Tensor",
    "which will be updated in place, were not batched",
)
"""How torch says that a function does not offer something."""


def try_law(law: Law, subject: Subject) -> Verdict:
    """Let ``law`` judge ``subject``. Whatever the subject raises becomes a verdict; nothing escapes but an interrupt."""
    start = time.perf_counter()

    def verdict(status: Status, sentence: str | None = None, evidence: tuple[Evidence, ...] = ()) -> Verdict:
        return Verdict(law.name, status, sentence or "", evidence, subject.case.name, None, time.perf_counter() - start)

    try:
        return verdict(Status.HOLDS, law.judge(subject))
    except BrokenError as broken:
        return verdict(Status.BROKEN, broken.sentence, broken.evidence)
    except NotApplicableError as reason:
        return verdict(Status.NOT_APPLICABLE, str(reason))
    except (NotOfferedError, NotImplementedError) as reason:
        return verdict(Status.NOT_OFFERED, _first_line(reason))
    except Exception as error:
        if any(words in str(error) for words in REFUSALS):
            return verdict(Status.NOT_OFFERED, _first_line(error))
        return verdict(Status.BROKEN, f"it raised {type(error).__name__}: {_first_line(error)}")


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).partition("\n")[0]
