"""How a task describes itself in a checkpoint."""

from __future__ import annotations

from typing import Any

from handgrad.training._errors import CheckpointError

RECORD = "handgrad"
"""The key of a checkpoint under which the description stands."""

RECORD_FORMAT = 1
"""To be raised when the description changes its meaning."""


def same_task(who: str, checkpoint: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return the description in a checkpoint, if it is that of the task to be restored.

    Args:
        who: The first word of an error.
        checkpoint: What was read.
        own: The description of the task that is to take it.

    Raises:
        CheckpointError: There is none, or it is one of another net or another table; the message says what differs.
    """
    saved = checkpoint.get(RECORD)
    if not isinstance(saved, dict):
        raise CheckpointError(
            f"{who}: expected a checkpoint that handgrad wrote, got one without a {RECORD!r} record; "
            "train from the start, or pass another ckpt_path"
        )
    differing = [f"{key}: {saved.get(key)!r} there, {own[key]!r} here" for key in own if saved.get(key) != own[key]]
    if differing:
        raise CheckpointError(
            f"{who}: expected a checkpoint of this net and this table, got another: {'; '.join(differing)}. "
            "Use the configuration that it was trained with"
        )
    return saved
