from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch

from handgrad.training import AtomicCheckpointIO, CheckpointError, MissingCheckpointError, read_checkpoint


@pytest.fixture
def checkpoint():
    return {"state_dict": {"weight": torch.arange(1000.0)}, "epoch": 3}


@pytest.fixture
def path(tmp_path, checkpoint):
    path = tmp_path / "run" / "last.ckpt"
    AtomicCheckpointIO().save_checkpoint(checkpoint, path)
    return path


def test_what_is_saved_is_read(path, checkpoint):
    read = AtomicCheckpointIO().load_checkpoint(path)
    assert read["epoch"] == 3
    assert torch.equal(read["state_dict"]["weight"], checkpoint["state_dict"]["weight"])


def test_no_temporary_file_stays(path):
    assert [file.name for file in path.parent.iterdir()] == ["last.ckpt"]


def test_a_save_that_fails_leaves_the_old_checkpoint_and_no_other_file(path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CheckpointError, match=r"cannot write the checkpoint .*last\.ckpt: .*No space left.*make room"):
        AtomicCheckpointIO().save_checkpoint({"epoch": 4}, path)
    assert read_checkpoint(path)["epoch"] == 3
    assert [file.name for file in path.parent.iterdir()] == ["last.ckpt"]


def test_the_file_is_written_beside_its_place_and_renamed(path, monkeypatch):
    renamed = []
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda self, to: (renamed.append((self, to)), replace(self, to))[1])
    monkeypatch.setenv("TMPDIR", "/nonexistent")
    AtomicCheckpointIO().save_checkpoint({"epoch": 4}, path)
    assert [(part.parent, to) for part, to in renamed] == [(path.parent, path)]
    assert read_checkpoint(path)["epoch"] == 4


def test_a_directory_that_cannot_be_written_is_an_error(path, monkeypatch):
    def denied(*arguments, **keywords):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(CheckpointError, match=r"Permission denied.*choose a directory that can be written"):
        AtomicCheckpointIO().save_checkpoint({"epoch": 4}, path)


def test_a_directory_that_is_a_file_is_an_error(path):
    with pytest.raises(CheckpointError, match="cannot write the checkpoint"):
        AtomicCheckpointIO().save_checkpoint({"epoch": 4}, path / "last.ckpt")


def test_storage_options_are_refused(path):
    with pytest.raises(TypeError, match="expected no storage_options"):
        AtomicCheckpointIO().save_checkpoint({}, path, storage_options={"region": "x"})


def test_removing_is_content_with_a_file_that_is_gone(path):
    for _ in range(2):
        AtomicCheckpointIO().remove_checkpoint(path)
    assert not path.exists()


def test_a_missing_checkpoint_is_named_with_the_ones_that_are_there(path):
    with pytest.raises(
        MissingCheckpointError, match=r"expected a checkpoint at .*lost\.ckpt, found nothing; in .*last\.ckpt"
    ):
        read_checkpoint(path.with_name("lost.ckpt"))
    with pytest.raises(FileNotFoundError, match=r"found a directory; in .* there is last\.ckpt"):
        read_checkpoint(path.parent)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_checkpoint_is_called_so(path, part):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(CheckpointError, match="expected a whole checkpoint, got a truncated or damaged file"):
        read_checkpoint(path)


@pytest.mark.parametrize(("content", "kind"), [(b"", "an empty file"), (b"epoch,loss\n", "a file of another kind")])
def test_a_file_of_another_kind_is_called_so(path, content, kind):
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=f"expected a checkpoint that handgrad wrote, got {kind}"):
        read_checkpoint(path)


def test_a_flipped_byte_in_a_tensor_is_found(path):
    data = bytearray(path.read_bytes())
    data[data.index(torch.arange(1000.0).numpy().tobytes()) + 2001] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=r"got one whose part 'last\.ckpt/data/0' fails its checksum|/data/0"):
        read_checkpoint(path)


def test_a_flipped_byte_anywhere_never_gives_other_numbers(path, checkpoint):
    data = path.read_bytes()
    for place in range(0, len(data), 61):
        damaged = bytearray(data)
        damaged[place] ^= 0x10
        path.write_bytes(damaged)
        try:
            read = read_checkpoint(path)
        except CheckpointError:
            continue
        assert torch.equal(read["state_dict"]["weight"], checkpoint["state_dict"]["weight"])
        assert read["epoch"] == 3


class Payload:
    """Touches a file when it is unpickled."""

    def __init__(self, victim):
        self.victim = victim

    def __reduce__(self):
        return (os.system, (f"touch {self.victim}",))


@pytest.mark.parametrize("weights_only", [None, True, False])
def test_code_in_a_checkpoint_is_not_run_whatever_is_asked(tmp_path, weights_only):
    victim, path = tmp_path / "victim", tmp_path / "evil.ckpt"
    torch.save({"state_dict": {}, "handgrad": Payload(victim)}, path)
    with pytest.raises(CheckpointError, match=r"got posix\.system: refused, and nothing in the file was run"):
        AtomicCheckpointIO().load_checkpoint(path, weights_only=weights_only)
    assert not victim.exists()


def test_a_bare_pickle_is_not_even_opened(tmp_path):
    victim, path = tmp_path / "victim", tmp_path / "evil.ckpt"
    path.write_bytes(pickle.dumps(Payload(victim)))
    with pytest.raises(CheckpointError, match="a file of another kind"):
        read_checkpoint(path)
    assert not victim.exists()


def test_another_zip_file_is_no_checkpoint(tmp_path):
    path = tmp_path / "report.ckpt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    with pytest.raises(CheckpointError, match="expected a checkpoint, torch cannot read this zip file"):
        read_checkpoint(path)


def test_a_file_that_holds_no_dictionary_is_no_checkpoint(tmp_path):
    torch.save(torch.zeros(3), tmp_path / "tensor.ckpt")
    with pytest.raises(CheckpointError, match="got a file that holds a Tensor"):
        read_checkpoint(tmp_path / "tensor.ckpt")
