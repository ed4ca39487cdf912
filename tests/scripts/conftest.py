"""Start a script as a user does, in a directory of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
Start = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """``start("train.py", "data=iris")`` runs the script in ``tmp_path``; ``before`` goes between Python and the script."""

    def run(
        script: str, *line: str, before: tuple[str, ...] = (), **variables: str
    ) -> subprocess.CompletedProcess[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HYDRA_")}
        return subprocess.run(
            [sys.executable, *before, SCRIPTS / script, *line],
            cwd=tmp_path,
            env={**inherited, "COLUMNS": "120", **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
