"""Files that somebody else may have prepared: links that lead elsewhere, pipes and devices that never end."""

import errno
import os
import secrets
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

OTHERS_WRITE = 0o002


def forbid_world_writing() -> None:
    """Let nothing that this process makes from now on be writable by everybody, whatever the umask was."""
    os.umask(os.umask(0o077) | OTHERS_WRITE)


def open_plain(path: Path, flags: int = os.O_RDONLY, mode: int = 0o666) -> int:
    """Open an ordinary file and return its descriptor. Never waits. Raises OSError for pipes, devices and sockets, and
    with O_NOFOLLOW for links.
    """
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, mode)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not an ordinary file", str(path))
    return descriptor


def read_plain(path: Path) -> bytes:
    """Return the content of an ordinary file. Never waits. Raises OSError."""
    with os.fdopen(open_plain(path), "rb") as file:
        return file.read()


def new_part(folder: Path) -> Path:
    """Make an empty file in the folder under a name that nobody can foretell, and return it. Raises OSError."""
    part = folder / f".{secrets.token_hex(8)}.part"
    os.close(open_plain(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW))
    return part


def refuse_other_than_file(path: Path) -> None:
    """Raise OSError if something stands there that is no ordinary file, and no link to one or to nowhere."""
    is_of_process = path.is_symlink() and str(path.readlink()).startswith("/proc/")  # as /dev/stdout
    if is_of_process or (path.exists() and not path.is_file()):
        raise OSError(errno.EINVAL, "not an ordinary file", str(path))


@contextmanager
def replacing(path: Path) -> Generator[Path]:
    """Yield a new file beside `path`, which replaces it in one step at the end of the block.

    A link is replaced itself, whatever file it leads to: somebody else may have planted it. Raises OSError, also for
    what is no ordinary file, like a pipe or a device.
    """
    refuse_other_than_file(path)
    part = new_part(path.parent)
    try:
        yield part
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder. Files that go while it is read count for nothing."""
    return sum(size_of_file(Path(parent) / name) for parent, _, names in os.walk(folder) for name in names)


def size_of_file(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def why_no_folder(path: Path) -> str | None:
    """Return why a path can be no folder; None if it is one, or can be made."""
    try:
        return None if stat.S_ISDIR(path.stat().st_mode) else "not a folder"
    except FileNotFoundError:
        return "a link that leads nowhere" if path.is_symlink() else None
    except OSError as error:
        return error.strerror
