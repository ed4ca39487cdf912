"""Checkpoint files that are whole or not there, and that are read without running code from them.

Lightning's own writer puts the temporary file into ``$TMPDIR`` and copies it when that is another file system, so a
kill leaves half a file under the final name; it also says nothing when the directory cannot be written. Here the
temporary file lies beside the final one, is flushed to the disk and then renamed: one step for the file system.

A flipped byte in a tensor would load as a wrong weight: torch does not look at the checksums that its zip files hold.
They are looked at here, before anything is unpickled.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from lightning.fabric.plugins import CheckpointIO

from handgrad.training._checkpoint_file import link, publish, write
from handgrad.training._errors import CheckpointError, MissingCheckpointError

LATER = "later"
"""The ``storage_options`` of a checkpoint whose writer does not wait for the disk."""

_ZIP_START = b"PK\x03\x04"


class AtomicCheckpointIO(CheckpointIO):
    """Writes and reads the checkpoints of a trainer: ``Trainer(plugins=[AtomicCheckpointIO()])``.

    With ``storage_options=LATER`` a checkpoint is handed to the system at once, but a thread waits for the disk and then gives
    the file its name: training goes on meanwhile. Whatever is asked for next is done after it, and not at all if it fails.
    """

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None
        self._pending: Future[None] | None = None  # the last thing to be done

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None) -> None:
        """Write a checkpoint; under its name there is always a whole file, the old one or the new one.

        Raises:
            CheckpointError: The file cannot be written; an older checkpoint of that name is left as it is. Or that happened
                to a file that was to be named later.
            TypeError: ``storage_options`` are neither ``None`` nor ``LATER``.
        """
        if storage_options not in (None, LATER):
            raise TypeError("AtomicCheckpointIO: expected no storage_options, files are written to the local disk")
        self.wait()
        write(checkpoint, Path(path))
        if storage_options is None:
            publish(Path(path))
        else:
            self._later(publish, Path(path))

    def link_checkpoint(self, source: str | Path, path: str | Path) -> None:
        """Give a checkpoint a second name, after what is to be done; it is as whole as under its first.

        Raises:
            CheckpointError: The name cannot be given; an older checkpoint of that name is left as it is.
        """
        self._in_turn(link, Path(source), Path(path))

    def load_checkpoint(
        self,
        path: str | Path,
        map_location: Callable[..., Any] | torch.device | str | None = "cpu",
        weights_only: bool | None = True,
    ) -> dict[str, Any]:
        """Read a checkpoint; see :func:`read_checkpoint`. Code is not run from it, whatever ``weights_only`` says."""
        self.wait()
        return read_checkpoint(path, map_location)

    def remove_checkpoint(self, path: str | Path) -> None:
        """Remove a checkpoint if it is there, after what is to be done."""
        self._in_turn(_remove, Path(path))

    def wait(self) -> None:
        """Wait until everything is done; raise what went wrong."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    def teardown(self) -> None:
        """Wait, and let the thread go; called at the end of fit, or after an error."""
        try:
            self.wait()
        finally:
            if self._thread is not None:
                self._thread.shutdown()
                self._thread = None

    def _in_turn(self, work: Callable[..., None], *paths: Path) -> None:
        if self._pending is None:
            work(*paths)
        else:
            self._later(work, *paths)

    def _later(self, work: Callable[..., None], *paths: Path) -> None:
        before = self._pending

        def after() -> None:
            if before is not None:
                before.result()  # done, as there is one thread; its error ends what was to follow
            work(*paths)

        self._thread = self._thread or ThreadPoolExecutor(1, "checkpoints")
        self._pending = self._thread.submit(after)


def read_checkpoint(
    path: str | Path, map_location: Callable[..., Any] | torch.device | str | None = "cpu"
) -> dict[str, Any]:
    """Read a checkpoint of tensors and plain containers.

    Raises:
        MissingCheckpointError: There is no file at the path.
        CheckpointError: The file is truncated or damaged, is no checkpoint, or holds objects that only code in the file
            could build; none of that code is run.
    """
    path = Path(path)
    _check_file(path)
    try:
        checkpoint = torch.load(path, map_location=map_location, weights_only=True)
    except UnpicklingError as error:
        named = re.search(r"GLOBAL (\S+)", str(error))
        reason = named[1] if named else "objects of other types"
        raise CheckpointError(
            f"{path}: expected tensors and plain containers, got {reason}: refused, and nothing in the file was run. "
            "Load checkpoints that handgrad wrote"
        ) from None
    except (RuntimeError, EOFError, KeyError, ValueError, OSError) as error:
        raise CheckpointError(f"{path}: expected a checkpoint, torch cannot read this zip file: {error}") from error
    if not isinstance(checkpoint, dict):
        raise CheckpointError(f"{path}: expected a checkpoint, got a file that holds a {type(checkpoint).__name__}")
    return checkpoint


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise MissingCheckpointError(
            f"expected a checkpoint at {path}, found {'a directory' if path.is_dir() else 'nothing'}{_nearby(path)}"
        )
    with path.open("rb") as file:
        start = file.read(len(_ZIP_START))
    if start != _ZIP_START:
        content = "an empty file" if not start else "a file of another kind"
        raise CheckpointError(f"{path}: expected a checkpoint that handgrad wrote, got {content}")
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"{path}: expected a whole checkpoint, got a truncated or damaged file ({error}){_nearby(path)}"
        ) from None
    if damaged is not None:
        raise CheckpointError(
            f"{path}: expected a whole checkpoint, got one whose part {damaged!r} fails its checksum{_nearby(path)}"
        )


def _nearby(path: Path) -> str:
    """Name other checkpoints in the directory: what to do when this one cannot be used."""
    directory = path if path.is_dir() else path.parent
    others = sorted(other.name for other in directory.glob("*.ckpt") if other != path and other.is_file())
    return f"; in {directory} there is {', '.join(others)}" if others else "; check the path"


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
