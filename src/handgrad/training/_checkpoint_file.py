"""Files that are whole or not there: written beside their place, flushed to the disk, and renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from handgrad.training._errors import CheckpointError


def write(checkpoint: dict[str, Any], path: Path) -> None:
    """Write a checkpoint beside its place; :func:`publish` gives it its name.

    Raises:
        CheckpointError: It cannot be written; nothing is left of it.
    """
    with _whole_or_nothing(path) as part, part.open("wb") as file:
        torch.save(checkpoint, file)


def publish(path: Path) -> None:
    """Make what was written last over a power cut, then give it its name, and make that last too.

    Raises:
        CheckpointError: The disk does not take it; nothing is left of it, and an older file of that name stays.
    """
    with _whole_or_nothing(path) as part:
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
        _sync_directory(path.parent)


def link(source: Path, path: Path) -> None:
    """Give a file that was published another name: what is renamed over the one later leaves the other as it is.

    Raises:
        CheckpointError: The name cannot be given; an older file of that name stays.
    """
    with _whole_or_nothing(path) as part:
        part.unlink(missing_ok=True)
        try:
            part.hardlink_to(source)
        except OSError:  # this file system has no second names
            shutil.copyfile(source, part)
            publish(path)
        else:
            part.replace(path)
            _sync_directory(path.parent)
            part.unlink(missing_ok=True)  # it stays if both were names of one file before


@contextmanager
def _whole_or_nothing(path: Path) -> Iterator[Path]:
    """Lend the name beside a path; after an error there is no file of that name."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
    except (OSError, RuntimeError) as error:  # torch's writer turns a full disk into a RuntimeError
        _remove(part)
        raise CheckpointError(
            f"cannot write the checkpoint {path}: {error}; make room, or choose a directory that can be written"
        ) from error
    except BaseException:
        _remove(part)
        raise


def _remove(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return  # the error that brought us here says more


def _sync_directory(directory: Path) -> None:
    """Make a new name last over a power cut too; Windows cannot open a directory, and does not need it."""
    if os.name == "posix":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
