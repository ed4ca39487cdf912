"""The versions that a report names."""

import platform
from importlib.metadata import PackageNotFoundError, version

import torch


def versions() -> dict[str, str]:
    """Of handgrad (where it is installed), torch and Python."""
    try:
        ours = {"handgrad": version("handgrad")}
    except PackageNotFoundError:
        ours = {}
    return {**ours, "torch": torch.__version__, "python": platform.python_version()}
