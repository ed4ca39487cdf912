from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_what_draws_and_what_reads_tables_is_imported_when_it_is_used_only():
    code = "import sys, handgrad.explain.experiments; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not {"matplotlib", "lightning", "sklearn", "hydra", "rich"} & set(done.stdout.split())
