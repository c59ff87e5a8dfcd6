"""Files that are replaced whole or not at all, and used by one run at a time.

What is written goes to a draft beside the file. Drafts and reservations are locked by those who made them, and the
system drops the locks of the dead: so what a killed process left is known, and swept away at the next start.
"""

import errno
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pushforward.errors import BadInput, UnreadableFile

try:
    import fcntl
except ImportError:  # Windows has other locks: there nothing is locked, and nothing swept away
    fcntl = None

DRAFT, RESERVED = ".pushforward-draft", ".pushforward-reserved"
# Bytes of a name that may stand in that of its draft; file systems allow 255.
LONGEST = 200
CURES = {
    errno.ENOSPC: "Make room, or choose another folder",
    errno.EDQUOT: "Make room, or choose another folder",
    errno.EFBIG: "Make room, raise the limit (`ulimit -f`), or choose another folder",
    errno.EACCES: "Change the permissions, or choose another folder",
    errno.EPERM: "Change the permissions, or choose another folder",
    errno.EROFS: "Choose a folder that can be written",
    errno.ENAMETOOLONG: "Choose a shorter name",
}
_ours: set[int] = set()
"""Open files that this process locks; a fork of it does not."""


def writable(path: str | os.PathLike[str]) -> Path:
    """The file that a path means, links followed, if it can be written now. Raises `UnreadableFile` and `BadInput`."""
    if not isinstance(path, str | os.PathLike) or not isinstance(os.fspath(path), str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise BadInput(f"{path!r} is {type(path).__name__}; the path of a file is needed, such as 'run.safetensors'.")
    try:
        file = Path(os.path.realpath(path))
        mode = file.stat().st_mode if file.exists() else None
        folder = file.parent.is_dir()
    except (OSError, ValueError) as reason:
        raise refusal(path, reason) from reason
    if file.is_symlink():
        raise refusal(path, "it is a link that leads to itself. Remove it")
    if mode is not None and stat.S_ISDIR(mode):
        raise refusal(path, "it is a folder. Name a file in it, such as 'run.safetensors'")
    if mode is not None and not stat.S_ISREG(mode):
        raise refusal(path, "it is no regular file but a device, a pipe or a socket. Name a file")
    if not folder:
        raise refusal(path, f"the folder {file.parent} does not exist. Make it first")
    if not allowed(file.parent, os.W_OK | os.X_OK):
        raise refusal(path, f"nothing may be written in the folder {file.parent}. {CURES[errno.EACCES]}")
    if mode is not None and not allowed(file, os.W_OK):
        raise refusal(path, f"the file is read-only. {CURES[errno.EACCES]}")
    return file


def allowed(path: Path, mode: int) -> bool:
    """Whether this process may read, write or enter there: `os.R_OK` and the like."""
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def refusal(path: object, reason: Exception | str) -> UnreadableFile:
    """The error that says why a file was not written, and what to do."""
    if isinstance(reason, OSError):
        cure = CURES.get(reason.errno or 0, "Choose another file or folder")
        reason = f"{reason.strerror or reason}. {cure}"
    return UnreadableFile(f"cannot write {str(path)!r}: {reason}. A file that was there before is as it was.")


@contextmanager
def replacement(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A draft to be written, which then takes the place of the file that `path` means, with its mode and owner.

    Drafts that killed processes left of this file are swept away first. Raises `UnreadableFile` and `BadInput`.
    """
    file = writable(path)
    sweep(file)
    try:
        handle, draft = _draft(file)
        try:
            yield draft
            _finish(handle, draft, file)
        finally:
            draft.unlink(missing_ok=True)
            _close(handle)
    except UnreadableFile:
        raise
    except OSError as reason:
        raise refusal(path, reason) from reason


def _draft(file: Path) -> tuple[int | None, Path]:
    """A new empty file, locked, that nobody may read who may not read the one it will replace."""
    mode = stat.S_IMODE(file.stat().st_mode) if file.exists() else 0o666
    while True:
        draft = file.with_name(f".{_short(file.name)}.{secrets.token_hex(4)}{DRAFT}")
        handle = _opened(draft, os.O_CREAT | os.O_EXCL, mode)
        if fcntl is None:
            _close(handle)
            return None, draft
        with suppress(BlockingIOError):
            if _lock(handle, draft):
                return handle, draft
        _close(handle)  # it was swept away before it was locked


def _finish(handle: int | None, draft: Path, file: Path) -> None:
    if handle is not None:
        os.fsync(handle)
    if file.exists():
        before = file.stat()
        if hasattr(os, "chown"):
            with suppress(OSError):
                os.chown(draft, before.st_uid, before.st_gid)
        draft.chmod(stat.S_IMODE(before.st_mode))
    draft.replace(file)


def sweep(file: Path) -> None:
    """Remove the drafts that killed processes left of a file."""
    name = re.compile(rf"\.{re.escape(_short(file.name))}\.[0-9a-f]{{8}}{re.escape(DRAFT)}")
    for one in [one for one in os.scandir(file.parent) if fcntl is not None and name.fullmatch(one.name)]:
        with suppress(OSError):
            handle = _opened(Path(one.path), os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if stat.S_ISREG(os.fstat(handle).st_mode) and _lock(handle, Path(one.path), needed=True):
                    Path(one.path).unlink()
            finally:
                _close(handle)


@contextmanager
def reserved(path: str | os.PathLike[str] | None) -> Iterator[None]:
    """Inside the block no other run can reserve this file, and it can be written; None is no file.

    Raises `BadInput` if another run has it, `UnreadableFile` if it cannot be written.
    """
    if path is None:
        yield
        return
    file = writable(path)
    sweep(file)
    mark = file.with_name(f".{_short(file.name)}{RESERVED}")
    handle = _reserve(path, mark)
    try:
        yield
    finally:
        if handle in _ours:
            mark.unlink(missing_ok=True)
            _close(handle)


def _reserve(path: object, mark: Path) -> int | None:
    """An open file beside that of a run, locked."""
    try:
        while fcntl is not None:
            handle = _opened(mark, os.O_CREAT | os.O_NOFOLLOW)
            try:
                if _lock(handle, mark):
                    os.truncate(handle, 0)
                    os.pwrite(handle, str(os.getpid()).encode(), 0)
                    return handle
            except BlockingIOError:
                raise _taken(path, os.pread(handle, 20, 0).decode("ascii", "replace")) from None
            _close(handle)  # its last owner has just removed it
    except OSError as reason:
        raise refusal(path, reason) from reason


def _taken(path: object, owner: str) -> BadInput:
    return BadInput(
        f"the checkpoint {path} is in use by process {owner or 'of an unknown number'}: two runs on one file would "
        "undo each other's work. Wait for that one to end, or give another `checkpoint=`."
    )


def _opened(path: Path, flags: int, mode: int = 0o666) -> int:
    handle = os.open(path, os.O_RDWR | flags, mode)
    _ours.add(handle)
    return handle


def _lock(handle: int, path: Path, *, needed: bool = False) -> bool:
    """Lock an open file: whether it is still the one at `path`. Raises `BlockingIOError` if another process locks it.

    A file system may have no locks: what is not `needed` then goes on without.
    """
    assert fcntl is not None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(handle), path.stat())
    except BlockingIOError:
        raise
    except FileNotFoundError:
        return False
    except OSError:
        return not needed


def _close(handle: int | None) -> None:
    """Close a file that is ours, which unlocks it."""
    if handle in _ours:
        _ours.remove(handle)
        os.close(handle)


def _short(name: str) -> str:
    """A name, or a digest of one that is too long for more to be added."""
    whole = os.fsencode(name)
    return name if len(whole) <= LONGEST else hashlib.sha256(whole).hexdigest()[:32]


def _forget() -> None:
    """In a fork: the locks are the parent's, and must not outlive it."""
    while _ours:
        os.close(_ours.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
