"""In processes of their own: what is kept for good here would be kept for all tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "scripts"
START = """
import gc, weakref
from importing import importing
class Cycle:
    def __init__(self): self.own = self
"""


def printed(program: str) -> str:
    answer = subprocess.run(
        [sys.executable, "-c", START + program], cwd=SCRIPTS, capture_output=True, text=True, check=True
    )
    return answer.stdout.strip()


def test_the_collector_rests_while_modules_are_imported_and_never_sees_them_again():
    program = """
with importing():
    resting = not gc.isenabled()
    import argparse
print(resting, gc.isenabled(), any(one is argparse.__dict__ for one in gc.get_objects()))
"""
    assert printed(program) == "True True False"


def test_the_collector_is_back_after_an_import_that_fails():
    program = """
try:
    with importing():
        import no_such_module
except ModuleNotFoundError:
    print(gc.isenabled())
"""
    assert printed(program) == "True"


def test_a_second_time_keeps_nothing_that_was_made_in_between():
    program = """
with importing(): pass
made = Cycle()
alive = weakref.ref(made)
with importing():
    import argparse
del made
gc.collect()
print(alive())
"""
    assert printed(program) == "None"


def test_whoever_has_no_collector_gets_none():
    assert printed("gc.disable()\nwith importing(): pass\nprint(gc.isenabled(), gc.get_freeze_count())") == "False 0"
