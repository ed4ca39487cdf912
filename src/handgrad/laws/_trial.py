"""One law on one subject: from what happens to a verdict."""

from __future__ import annotations

import time
import warnings

import torch

from handgrad.laws._finding import BrokenError, Evidence, NotApplicableError, NotOfferedError
from handgrad.laws._law import Law
from handgrad.laws._subject import Subject
from handgrad.laws._time_limit import TimeLimitError, time_limit
from handgrad.laws._verdict import Status, Verdict

TIME_LIMIT = 60.0
"""Seconds that a law may take; one that is slow by nature, `SLOW_TIME_LIMIT`."""

SLOW_TIME_LIMIT = 600.0

REFUSALS = (
    "You must implement the jvp function",
    "You must implement either the backward or vjp",
    "generate_vmap_rule",
    "must have a setup_context static method",
    "must override the setup_context",
    "Trying to use forward AD with",
    "does not support forward AD",
    "Batching rule not implemented for",
    "marked with @once_differentiable",
    "derivative for ",
    "not implemented for '",
    "would mutate a captured Tensor",
    "which will be updated in place, were not batched",
    "vmap: ",
    "ZeroTensors are immutable",
)
"""How torch says that a function does not offer something."""


def try_law(law: Law, subject: Subject, seconds: float | None = None) -> Verdict:
    """Let ``law`` judge ``subject``, for no longer than ``seconds``. Whatever the subject raises becomes a verdict.

    Nothing escapes but an interrupt: the law has copies of all tensors, a module and the random generators are as before; warnings
    are the function's own business.
    """
    limit = seconds if seconds is not None else (SLOW_TIME_LIMIT if law.slow else TIME_LIMIT)
    start = time.perf_counter()

    def verdict(status: Status, sentence: str | None = None, evidence: tuple[Evidence, ...] = ()) -> Verdict:
        return Verdict(law.name, status, sentence or "", evidence, subject.case.name, None, time.perf_counter() - start)

    try:
        with warnings.catch_warnings(), torch.random.fork_rng(), subject.at_rest(), time_limit(limit):
            warnings.simplefilter("ignore")
            return verdict(Status.HOLDS, law.judge(subject.apart()))
    except TimeLimitError:
        return verdict(Status.BROKEN, f"it did not end within {limit:g} s")
    except BrokenError as broken:
        return verdict(Status.BROKEN, broken.sentence, broken.evidence)
    except NotApplicableError as reason:
        return verdict(Status.NOT_APPLICABLE, str(reason))
    except (NotOfferedError, NotImplementedError) as reason:
        return verdict(Status.NOT_OFFERED, _first_line(reason))
    except (Exception, SystemExit) as error:
        if any(words in str(error) for words in REFUSALS):
            return verdict(Status.NOT_OFFERED, _first_line(error))
        return verdict(Status.BROKEN, f"it raised {type(error).__name__}: {_first_line(error)}")


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).partition("\n")[0]
