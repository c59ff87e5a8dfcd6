"""Files are replaced whole, by one run at a time, and only where they are files; what is in the way is said."""

import os
import resource
import signal
import socket
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch

from pushforward import store
from pushforward.disk import DRAFT, RESERVED, replacement, reserved, writable
from pushforward.errors import BadInput, UnreadableFile

NOBODY = 65534


def save(path):
    return store.save(path, {"t": torch.ones(2000)}, {"kind": "nothing"})


def forked(work):
    """What a fork that does the work says."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            said = str(work())
        except BaseException as reason:
            said = f"{type(reason).__name__}: {reason}"
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(process, 0)
    return said


def as_nobody(work):
    """In a process without the rights of root."""

    def run():
        if os.geteuid() == 0:
            os.setegid(NOBODY)
            os.seteuid(NOBODY)
        return work()

    return forked(run)


@pytest.fixture
def folder():
    """One that others than root can be let into."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_links_are_followed_and_stay(tmp_path):
    link, real = tmp_path / "link", tmp_path / "real"
    link.symlink_to("real")
    assert save(link) == link
    assert link.is_symlink()
    assert store.kind(real) == "nothing"
    before = real.read_bytes()
    store.save(link, {}, {"kind": "other"})
    assert store.kind(real) == "other"
    assert real.read_bytes() != before
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(UnreadableFile, match="it is a link that leads to itself"):
        save(tmp_path / "round")


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o644])
def test_the_mode_of_a_file_stays_and_a_new_one_has_the_users(tmp_path, mode):
    path = save(tmp_path / "x")
    path.chmod(mode)
    save(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    old = os.umask(0o027)
    try:
        assert stat.S_IMODE(save(tmp_path / "new").stat().st_mode) == 0o640
    finally:
        os.umask(old)


def test_a_draft_of_a_private_file_is_private(tmp_path):
    path = save(tmp_path / "x")
    path.chmod(0o600)
    with replacement(path) as draft:
        assert stat.S_IMODE(draft.stat().st_mode) == 0o600
        draft.write_bytes(b"new")
    assert path.read_bytes() == b"new"


def test_what_is_no_file_is_left_alone(tmp_path):
    fifo, door = tmp_path / "fifo", tmp_path / "socket"
    os.mkfifo(fifo)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(door))
        for path in (fifo, door):
            with pytest.raises(UnreadableFile, match="it is no regular file but a device, a pipe or a socket"):
                save(path)
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    with pytest.raises(UnreadableFile, match="there is no file"):
        store.read(fifo)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["fifo", "socket"]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("", "it is a folder. Name a file in it"),
        (".", "it is a folder. Name a file in it"),
        ("nowhere/x", "nowhere does not exist. Make it first"),
        ("a\0b", "null"),
        ("x" * 300, "name too long. Choose a shorter name"),
    ],
)
def test_impossible_names_are_refused_with_a_cure(tmp_path, monkeypatch, path, why):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnreadableFile, match="(?i)cannot write .*" + why):
        save(path)
    with pytest.raises(UnreadableFile):
        store.read(path)


@pytest.mark.parametrize("path", [None, 3, b"x", ["x"]])
def test_what_is_no_path_is_said(path):
    with pytest.raises(BadInput, match=r"the path of a file is needed"):
        save(path)
    with pytest.raises(BadInput, match=r"the path of a file is needed"):
        store.read(path)


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path):
    path = tmp_path / ("n" * 251 + ".sfs")
    with reserved(path):
        save(path)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_full_disk_is_said_and_the_old_file_stays(tmp_path):
    path = store.save(tmp_path / "x", {}, {"kind": "old"})
    before = path.read_bytes()

    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
        return save(path)

    assert "UnreadableFile: cannot write" in (said := forked(full))
    assert "or choose another folder. A file that was there before is as it was." in said
    assert path.read_bytes() == before
    assert [*tmp_path.iterdir()] == [path]


def test_folders_and_files_that_may_not_be_written_are_refused(folder):
    path = save(folder / "x")
    assert "nothing may be written in the folder" in as_nobody(lambda: save(path))
    assert "nothing may be written in the folder" in as_nobody(lambda: reserved(path).__enter__())
    folder.chmod(0o777)
    assert "the file is read-only. Change the permissions" in as_nobody(lambda: writable(path))
    path.chmod(0o000)
    assert "may not be read. Change its permissions" in as_nobody(lambda: store.read(path))


def test_drafts_of_the_dead_are_swept_away_and_no_others(tmp_path):
    path = tmp_path / "x"

    def dies():
        with replacement(path):
            os.kill(os.getpid(), signal.SIGKILL)

    forked(dies)
    [left] = tmp_path.iterdir()
    assert left.name.endswith(DRAFT)
    near = [tmp_path / f".y.01234567{DRAFT}", tmp_path / ".x.01234567.tmp", tmp_path / f".x.0123{DRAFT}"]
    for one in near:
        one.write_bytes(b"")
    with replacement(path) as living:
        assert not left.exists()
        living.write_bytes(b"living")
        forked(lambda: save(path))
        assert living.exists()
    assert path.read_bytes() == b"living"
    assert sorted(tmp_path.iterdir()) == sorted([path, *near])


def test_a_file_is_reserved_for_one_run(tmp_path):
    path = tmp_path / "x"

    def second():
        with reserved(path):
            return "mine"

    with reserved(path):
        said = forked(second)
        assert f"the checkpoint {path} is in use by process {os.getpid()}: two runs" in said
        with pytest.raises(BadInput, match="Wait for that one to end, or give another `checkpoint=`"):
            second()
        with reserved(tmp_path / "other"):
            pass
    assert forked(second) == "mine"
    assert [*tmp_path.iterdir()] == []


def test_the_reservation_of_the_dead_does_not_hold(tmp_path):
    path = tmp_path / "x"

    def dies():
        with reserved(path):
            os.kill(os.getpid(), signal.SIGKILL)

    forked(dies)
    assert [one.name for one in tmp_path.iterdir()] == [f".x{RESERVED}"]
    with reserved(path):
        pass
    assert [*tmp_path.iterdir()] == []


def test_a_fork_does_not_keep_a_reservation(tmp_path):
    """Of a killed run the workers may live on."""
    path, (reader, writer) = tmp_path / "x", os.pipe()
    with reserved(path):
        process = os.fork()
        if process == 0:
            os.read(reader, 1)
            os._exit(0)
    with reserved(path):
        os.write(writer, b"x")
    os.waitpid(process, 0)
    for handle in (reader, writer):
        os.close(handle)


def test_every_bit_counts(tmp_path):
    path = save(tmp_path / "x")
    whole = path.read_bytes()
    for place in (len(whole) - 1, len(whole) // 2, whole.index(b"sha256") + 12, whole.index(b"nothing")):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(UnreadableFile, match="is damaged"):
            store.read(path)


def test_every_type_of_number_is_written_as_safetensors_reads_it(tmp_path):
    from safetensors.torch import load_file

    tensors = {name: torch.ones(3).to(dtype) for dtype, name in store.DTYPES.items()} | {"none": torch.ones(0, 2)}
    path = store.save(
        tmp_path / "x", tensors | {"one": torch.tensor(1.5), "turned": torch.arange(6.0).view(2, 3).T}, {"kind": "k"}
    )
    again = load_file(path)
    assert again.keys() == tensors.keys() | {"one", "turned"}
    assert all(t.dtype == again[name].dtype and t.shape == again[name].shape for name, t in tensors.items())
    assert torch.equal(again["turned"], torch.arange(6.0).view(2, 3).T)
    assert all((again[name].to(torch.complex64) == 1).all() for name in store.DTYPES.values())
    with pytest.raises(
        BadInput, match=r"'t' is of torch.complex128, which has no form in a file. Convert it to float64"
    ):
        store.save(path, {"t": torch.ones(1, dtype=torch.complex128)}, {"kind": "k"})
