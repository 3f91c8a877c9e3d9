"""What `papers ui` does: code server, daemon and guarded webserver, from a look at the port to the last process."""

import errno
import fcntl
import http.client
import json
import os
import signal
import socket
import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pipeline.core.errors import UiError
from pipeline.core.files import open_plain
from pipeline.core.terminal import one_line
from pipeline.defs.instance import open_instance, prepare_home
from pipeline.ui.group import Group, wait_until
from pipeline.ui.runs import cancel_runs, have_ended

ADDRESS = "127.0.0.1"
# How long each may take to end before it is ended: the daemon, runs, and the rest.
DAEMON_SECONDS, RUN_SECONDS, REST_SECONDS = 5.0, 10.0, 5.0
NOTE_BYTES = 200
QUIET = ("--log-level", "warning")


def serve(port: int, tell: Callable[[str], None]) -> None:
    """Serve the UI until SIGINT, SIGTERM or SIGHUP; then end all processes, and the runs that they execute.

    `tell` gets sentences for a person. Raises UiError if port or history are in use, or a process ends by itself.
    """
    url = f"http://{ADDRESS}:{port}"
    with ExitStack() as stack:
        listening = stack.enter_context(listen(port))
        stack.enter_context(hold_history(url))
        stack.enter_context(interrupted_by_signals())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="papers-ui-")))
        group = stack.enter_context(Group())
        code = folder / "code"
        try:
            tell("Dagster starts, which takes some seconds …")
            start(group, code, listening)
            wait(group, lambda: answers(port))
            tell(f"{url}  (stop with Ctrl-C)")
            wait(group, lambda: False)
        except KeyboardInterrupt:
            tell("Dagster ends, and runs under way are stopped …")
        finally:
            end(group, code)


def listen(port: int) -> socket.socket:
    """Take the port, so that nobody else can. Raises UiError if somebody has it."""
    try:
        return socket.create_server((ADDRESS, port))
    except OSError as error:
        why = "in use by another program" if error.errno == errno.EADDRINUSE else f"not to be had ({error.strerror})"
        raise UiError(f"port {port} is {why}: choose another, like `papers ui --port {other(port)}`") from error


def other(port: int) -> int:
    return port + 1 if port < 65535 else 3000


@contextmanager
def hold_history(url: str) -> Generator[None]:
    """Let no second `papers ui` show this history, since its daemon would start every run twice. Raises UiError."""
    path = prepare_home() / ".ui"
    try:
        descriptor = open_plain(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW)
    except OSError as error:
        raise UiError(f"{path} cannot be used ({error.strerror}): remove it") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{url}, process {os.getpid()}".encode())
        yield
    except BlockingIOError:
        note = one_line(os.read(descriptor, NOTE_BYTES).decode("utf-8", "replace"))
        raise UiError(f"another `papers ui` shows this history already: {note}") from None
    finally:
        os.close(descriptor)


@contextmanager
def interrupted_by_signals() -> Generator[None]:
    """Let the signals that ask a process to end raise KeyboardInterrupt, also where a shell had one of them ignored."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def start(group: Group, code: Path, listening: socket.socket) -> None:
    """Start code server, webserver and daemon, and leave the port to the webserver. `code`: the socket between them."""
    open_instance().dispose()
    module = ("--module-name", "pipeline.definitions", "--location-name", "pipeline")
    group.start("code server", "dagster", "code-server", "start", "--socket", str(code), *module, *QUIET)
    wait(group, lambda: is_open(code))
    workspace = code.with_name("workspace.yaml")
    server = {"socket": str(code), "location_name": "pipeline"}
    workspace.write_text(json.dumps({"load_from": [{"grpc_server": server}]}), "utf-8")
    where = ("--workspace", str(workspace))
    descriptor = listening.fileno()
    group.start("webserver", "pipeline.ui.webserver", *where, "--descriptor", str(descriptor), keep=[descriptor])
    listening.close()
    group.start("daemon", "dagster._daemon", "run", *where)


def wait(group: Group, is_true: Callable[[], bool]) -> None:
    """Wait for something as long as all processes live. Raises UiError if one has ended."""
    while not wait_until(lambda: group.ended() is not None or is_true(), 3600):
        pass
    if ended := group.ended():
        name, status = ended
        raise UiError(
            f"the {name} of Dagster has ended by itself ({said(status)}), so the UI has too: see its log above"
        )


def said(status: int) -> str:
    return f"status {status}" if status >= 0 else signal.Signals(-status).name


def is_open(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return path.exists() and probe.connect_ex(str(path)) == 0


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection(ADDRESS, port, timeout=1)
    try:
        connection.request("HEAD", "/server_info")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def end(group: Group, code: Path) -> None:
    """End the daemon first, so that nothing new starts, then the runs under way, then the rest.

    A second signal ends them all at once: KeyboardInterrupt leaves the group's context.
    """
    group.stop("daemon", DAEMON_SECONDS)
    with open_instance() as instance:
        stopped = cancel_runs(instance, code)
        wait_until(lambda: have_ended(instance, stopped), RUN_SECONDS)
    group.stop_all(REST_SECONDS)
