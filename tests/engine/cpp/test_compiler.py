"""Compiled functions are kept on disk: where nobody else writes, and not for ever."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from handgrad.engine.cpp import _compiler
from handgrad.engine.cpp._compiler import compiled


def source(number: int) -> str:
    return f'extern "C" void steps(long n, void*, void*, void* out) {{ *static_cast<long*>(out) = n + {number}; }}'


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    _compiler._cache.cache_clear()
    yield tmp_path / "handgrad"
    _compiler._cache.cache_clear()


def test_a_function_is_compiled_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled(source(1))
    (library,) = cache.glob("*.so")
    monkeypatch.setattr(_compiler, "_compile", None)
    compiled(source(1))
    assert list(cache.iterdir()) == [library]


def test_the_functions_not_used_for_longest_go_first(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_compiler, "_KEPT", 2)
    libraries = []
    for number in range(2):
        compiled(source(number))
        (new,) = set(cache.glob("*.so")) - set(libraries)
        libraries.append(new)
        os.utime(new, (number, number))
    compiled(source(0))  # used again
    compiled(source(2))
    assert libraries[0].exists()
    assert not libraries[1].exists()
    assert len(list(cache.iterdir())) == 2


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="there are no such permissions here")
def test_a_folder_that_others_write_to_is_not_trusted(cache: Path) -> None:
    cache.mkdir()
    cache.chmod(0o777)
    compiled(source(1))
    assert not list(cache.iterdir())
