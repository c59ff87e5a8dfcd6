"""`serve`: the explorer on a port of this machine, until Ctrl-C."""

import atexit
import getpass
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn

from pushforward.errors import BadInput, UnreadableFile
from pushforward.explorer.guard import Keys, is_loopback
from pushforward.explorer.jobs import Jobs
from pushforward.explorer.routes import app
from pushforward.explorer.subject import Subject
from pushforward.explorer.worker import Worker

# Letters of a password, at least
SHORTEST = 8
# Seconds that what is being computed has to come to its next step, at the end
PATIENCE = 0.3


class _Server(uvicorn.Server):
    """One that begins to load when it answers, and ends at once: streams of events never end by themselves."""

    def __init__(self, config: uvicorn.Config, worker: Worker):
        super().__init__(config)
        self.worker = worker

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """The page can be had from here on."""
        await super().startup(sockets)
        self.worker.start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ctrl-C."""
        self.force_exit = True
        super().handle_exit(sig, frame)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at a port; at a free one for 0. Raises `BadInput` for ports that are taken or forbidden."""
    if not 0 <= port <= 65535:
        raise BadInput(f"`--port {port}`: ports are 0 … 65535. Give one from 1024 on, or 0 for a free one.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, kind)
    except OSError as reason:
        raise BadInput(f"`--host {host}`: there is no such host here ({reason}). Leave it out.") from reason
    if os.name == "posix":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(address)
        sock.listen(128)
    except OSError as reason:
        sock.close()
        raise BadInput(
            f"`--port {port}`: {host} does not give it ({reason.strerror or reason}). Another explorer may be running: "
            "stop it, give another port, or `--port 0` for a free one."
        ) from reason
    return sock


def password_of(file: Path | None, host: str) -> str | None:
    """The password in a file, which hosts other than this machine need. Raises `BadInput` and `UnreadableFile`."""
    if file is None:
        if is_loopback(host):
            return None
        raise BadInput(
            f"`--host {host}`: others could use your network there. Give `--password-file FILE`, or leave `--host` out "
            "and come by a tunnel, `ssh -L 8765:127.0.0.1:8765 HOST`."
        )
    try:
        password = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as reason:
        raise UnreadableFile(f"`--password-file {file}`: it cannot be read ({reason}). Give a text file.") from reason
    if len(password) < SHORTEST:
        raise BadInput(
            f"`--password-file {file}`: it holds {len(password)} letters; {SHORTEST} or more are needed, "
            "`openssl rand -base64 18 > FILE` makes good ones."
        )
    return password


def serve(
    subject: Subject,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    password: str | None = None,
    browser: bool = True,
    say: Callable[[str], object],
) -> None:
    """Serve a subject until Ctrl-C, which raises `KeyboardInterrupt`. `say` is told the address, once.

    Raises `BadInput` for ports that are taken.
    """
    with listen(host, port) as sock:
        port = sock.getsockname()[1]
        keys = Keys.new(port, password)
        url = _address(host, port) + (f"?token={keys.token}" if password is None else "")
        jobs = Jobs(subject.load)
        config = uvicorn.Config(
            app(subject, keys, host=host, jobs=jobs), log_config=None, access_log=False, lifespan="off", ws="none",
            server_header=False, date_header=False, timeout_keep_alive=60,
        )  # fmt: skip
        connection = os.environ.get("SSH_CONNECTION", "")
        if connection:
            sys.stderr.write(f"{tunnel(port, connection)}\n")
            sys.stderr.flush()
        say(url)
        if browser and not connection and _has_display():
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
        try:
            _Server(config, jobs.worker).run(sockets=[sock])
        finally:
            if not jobs.worker.close(PATIENCE):
                atexit.register(_leave)


def _leave() -> None:
    """End the process although its thread still computes: Python would wait for the libraries in it, or crash."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(130)


def tunnel(port: int, connection: str) -> str:
    """What to type on the machine in front of which one sits.

    >>> "ssh -L 8765:127.0.0.1:8765" in tunnel(8765, "10.0.0.2 50000 10.0.0.9 22")
    True
    """
    parts = connection.split()
    there = parts[2] if len(parts) > 2 else socket.gethostname()
    try:
        who = f"{getpass.getuser()}@"
    except (OSError, KeyError):
        who = ""
    return f"from your own machine: ssh -L {port}:127.0.0.1:{port} {who}{there}   and open this address there:"


def _address(host: str, port: int) -> str:
    name = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(host, host)  # noqa: S104
    return f"http://{f'[{name}]' if ':' in name else name}:{port}/"


def _has_display() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
