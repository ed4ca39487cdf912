"""The shapes in the signatures, executed: jaxtyping and beartype check every call. In a process of its own, for the hook stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("checked_shapes.py")


@pytest.mark.slow
def test_signatures_hold_for_every_case_and_refuse_what_does_not_fit() -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", SCRIPT], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["held", "refused"]
