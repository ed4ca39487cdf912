"""Our own ops obey every law, with nothing waived, and the README's table says so."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import law_table
from cases import CASES, PRINCIPAL, Case
from handgrad.laws import Law, Report, assert_lawful
from law_reports import FAST, SLOW_EACH, SLOW_TOGETHER, TOGETHER, report


def names(laws: list[Law]) -> list[str]:
    return [law.name for law in laws]


def assert_holds(found: Report, law: str) -> None:
    assert law not in found.broken, f"\n{found}"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Where the processes of this run keep the reports for each other."""
    base = tmp_path_factory.getbasetemp()
    path = (base if worker_id == "master" else base.parent) / "laws"
    path.mkdir(exist_ok=True)
    return path


@pytest.mark.parametrize("law", names(FAST))
@pytest.mark.parametrize("case", [case.name for case in CASES])
def test_law(case: str, law: str, folder: Path) -> None:
    assert_holds(report(case, FAST, folder), law)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_laws_on_a_gpu(case: Case) -> None:
    assert_lawful(case.ours, case.leaves(device="cuda"), oracle=case.native, strict=True)


@pytest.mark.slow
@pytest.mark.parametrize("law", names(SLOW_EACH))
@pytest.mark.parametrize("case", [case.name for case in PRINCIPAL])
def test_slow_law(case: str, law: str, folder: Path) -> None:
    assert_holds(report(case, SLOW_EACH, folder), law)


@pytest.mark.slow
@pytest.mark.parametrize("law", names(SLOW_TOGETHER))
def test_slow_law_on_all_ops_side_by_side(law: str, folder: Path) -> None:
    assert_holds(report(TOGETHER, SLOW_TOGETHER, folder), law)


def test_every_family_is_in_the_table() -> None:
    assert {law.family for law in [*FAST, *SLOW_EACH, *SLOW_TOGETHER]} == {
        family for families in law_table.GROUPS.values() for family in families
    }


def test_readme_shows_the_verdicts(folder: Path) -> None:
    expected, shown = law_table.rows(law_table.fast(folder)), law_table.shown()
    assert [*law_table.head(), *expected] == shown[: len(expected) + 2], law_table.HOW


@pytest.mark.slow
def test_readme_shows_the_verdicts_of_compilers_and_processes(folder: Path) -> None:
    expected = law_table.rows(law_table.slow(folder))
    assert expected == law_table.shown()[-len(expected) :], law_table.HOW
