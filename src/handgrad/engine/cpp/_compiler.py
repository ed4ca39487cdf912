"""C++ source to a function that Python can call."""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

Steps = Callable[..., None]

_FLAGS = (
    "-std=c++17",
    "-O3",
    "-march=native",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fopenmp-simd",
    "-shared",
    "-fPIC",
)

_KEPT = 512
"""Functions in the cache, of some 30 kB each; those that have not been used for longest go first."""


class CompilerError(RuntimeError):
    """There is no C++ compiler, or it fails."""


def compiled(source: str) -> Steps:
    """The function ``steps`` of the source, compiled for this processor; from the cache if that was done before.

    Raises:
        CompilerError: there is no compiler that can.
    """
    compiler = find_compiler()
    key = hashlib.sha256("\0".join((source, compiler, *_FLAGS, _target(compiler))).encode()).hexdigest()
    library = _cache() / f"{key}.so"
    if library.exists():
        os.utime(library)
    else:
        _compile(compiler, source, library)
        _forget_all_but(_KEPT, library.parent)
    return _load(library)


def find_compiler() -> str:
    """The C++ compiler: what the environment variable CXX says, or the first of the usual ones.

    Raises:
        CompilerError: there is none.
    """
    names = [os.environ["CXX"]] if os.environ.get("CXX") else ["g++", "clang++", "c++"]
    for name in names:
        found = shutil.which(name)
        if found is not None:
            return found
    raise CompilerError(f"expected a C++ compiler, one of {', '.join(names)}, and found none on PATH")


@functools.cache
def _target(compiler: str) -> str:
    """What the compiler is and which instructions it uses here, as its predefined macros say."""
    return _run(compiler, "-march=native", "-dM", "-E", "-x", "c++", os.devnull)


@functools.cache
def _cache() -> Path:
    """A folder that only this user writes to, for what lies there is executed; one for this process if there is no other."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = root / "handgrad"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
        if _is_private(folder):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="handgrad-"))


def _is_private(folder: Path) -> bool:
    found = folder.stat()
    others_write = bool(found.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not others_write)


def _compile(compiler: str, source: str, library: Path) -> None:
    with tempfile.TemporaryDirectory(dir=library.parent) as folder:
        text, result = Path(folder) / "steps.cpp", Path(folder) / "steps.so"
        text.write_text(source)
        _run(compiler, *_FLAGS, str(text), "-o", str(result))
        result.replace(library)  # at once, for other processes may look for it


def _forget_all_but(kept: int, folder: Path) -> None:
    def used(library: Path) -> float:
        return library.stat().st_mtime

    try:
        for library in sorted(folder.glob("*.so"), key=used, reverse=True)[kept:]:
            library.unlink(missing_ok=True)
    except FileNotFoundError:  # another process tidies up
        return


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr[:300])
        raise CompilerError(f"expected {command[0]} to compile, and it said: {first}")
    return done.stdout


def _load(library: Path) -> Steps:
    steps = ctypes.CDLL(str(library)).steps
    steps.argtypes = [ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    steps.restype = None
    function: Steps = steps
    return function
