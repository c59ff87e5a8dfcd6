import numpy as np
import pytest

from pushforward.datasets import digits, embedded
from pushforward.errors import UnreadableFile


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "FOLDER", tmp_path)
    return tmp_path


@pytest.mark.parametrize("read", [embedded.arrays, embedded.weights])
def test_a_missing_file_says_what_to_do(folder, read):
    with pytest.raises(UnreadableFile, match=r"gone.bin.*No such file.*reinstall pushforward"):
        read("gone.bin")


@pytest.mark.parametrize("content", [b"", b"not one of ours", b"PK\x03\x04 cut off"])
@pytest.mark.parametrize("read", [embedded.arrays, embedded.weights])
def test_a_damaged_file_says_what_to_do(folder, read, content):
    (folder / "bad.bin").write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"bad.bin.*reinstall pushforward"):
        read("bad.bin")


def test_a_flipped_byte_is_noticed(folder):
    good = (embedded.Path(embedded.__file__).parent / "data/digits.npz").read_bytes()
    middle = len(good) // 2
    (folder / "digits.npz").write_bytes(good[:middle] + bytes([good[middle] ^ 255]) + good[middle + 1 :])
    with pytest.raises(UnreadableFile, match=r"digits.npz.*reinstall pushforward"):
        digits()


def test_pickles_are_never_opened(folder):
    np.savez(folder / "digits.npz", images=np.array([{}], dtype=object))
    with pytest.raises(UnreadableFile, match=r"digits.npz.*reinstall pushforward"):
        digits()


def test_a_bare_array_is_not_an_archive(folder):
    with (folder / "digits.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(UnreadableFile, match=r"digits.npz.*reinstall pushforward"):
        digits()


def test_missing_arrays_are_noticed(folder):
    np.savez(folder / "digits.npz", images=np.zeros(3))
    with pytest.raises(UnreadableFile, match=r"digits.npz.*labels.*reinstall pushforward"):
        digits()


def test_the_licence_lies_beside_the_data():
    text = (embedded.FOLDER / "LICENCES.md").read_text()
    assert "CC BY-SA 3.0" in text
    for file in embedded.FOLDER.iterdir():
        assert file.name == "LICENCES.md" or f"`{file.name}`" in text
