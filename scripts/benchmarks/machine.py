"""Where something was measured: the processor, the versions, the commit."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("handgrad", "torch", "lightning", "torchmetrics", "numpy", "scikit-learn", "jax", "hydra-core", "mpmath")
ROOT = Path(__file__).resolve().parents[2]


def machine(threads: int | None) -> dict[str, Any]:
    """The machine, the versions and the commit, in plain containers; ``threads`` is how many were used, if known."""
    return {
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "threads": threads,
            "memory_gib": _memory_gib(),
            "system": f"{platform.system()} {platform.machine()}",
        },
        "versions": {"python": platform.python_version(), **_versions()},
        "commit": _commit(),
    }


def described(about: dict[str, Any]) -> str:
    """What `machine` gives, in three lines."""
    own = about["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    return (
        f"{own['processor']}, {own['cores']} cores ({own['threads']} used), {own['memory_gib']} GiB, {own['system']}\n"
        f"{versions}\ncommit {about['commit']}"
    )


def _processor() -> str:
    """The processor's name; Linux tells it in a file."""
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text().splitlines() if listing.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _memory_gib() -> float | None:
    """The memory, where the system tells it in this way; Windows does not."""
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return None
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)


def _versions() -> dict[str, str]:
    installed = {name: _version(name) for name in PACKAGES}
    import torch  # the command line asks this module for less

    installed["torch"] = str(torch.__version__)  # with the build, which the package's metadata may leave out
    return {name: version for name, version in installed.items() if version}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _commit() -> str:
    """The commit, with a word if the tree differs from it; "unknown" outside a repository."""
    commit = _git("rev-parse", "HEAD")
    return f"{commit} with changes" if commit != "unknown" and _git("status", "--porcelain") else commit


def _git(*arguments: str) -> str:
    git = shutil.which("git")
    if git is None:
        return "unknown"
    answer = subprocess.run([git, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else "unknown"
