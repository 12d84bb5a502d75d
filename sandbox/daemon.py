"""The sandbox's one process: the API, the loop, and what the layers run."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sandbox.api import environment
from sandbox.api.door import door
from sandbox.health_board import board
from sandbox.picture import Picture
from sandbox.settings import Settings
from sandbox.summary import summary

log = logging.getLogger("sandbox")

#: Size in bytes at which the log of an earlier run is put aside.
_LOG_LIMIT = 5_000_000


def pid_file(settings: Settings) -> Path:
    """Holds the daemon's process id, and a lock for as long as it lives."""
    return settings.home / "daemon.pid"


def log_file(settings: Settings) -> Path:
    return settings.home / "sandbox.log"


def running_pid(settings: Settings) -> int | None:
    """Process id of the living daemon. The lock decides, not the number, which may be another's by now."""
    try:
        handle = pid_file(settings).open("r+")
    except FileNotFoundError:
        return None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = handle.read().strip()
            return int(text) if text.isdigit() else None
    return None


class AlreadyRunning(Exception):
    """Another daemon of this sandbox lives."""


@contextlib.contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the lock and show the process id.

    :raises AlreadyRunning: when another process holds it
    """
    settings.make_home()
    with pid_file(settings).open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"a daemon of sandbox {settings.name} runs already") from None
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        yield


def memory(pid: int | str = "self") -> int:
    """Resident memory of a process in bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def serve(settings: Settings, api_only: bool) -> None:
    """Run until SIGTERM or SIGINT.

    :raises sandbox.api.state.StateError: when the saved state cannot be used
    :raises OSError: when the port is taken
    """
    environment.prepare()
    # Imports moto, which reads the environment once.
    from sandbox.api.mail_pages import MailPages
    from sandbox.api.memory import SharedModels
    from sandbox.api.patches import apply_all
    from sandbox.api.public_dns import PublicDns
    from sandbox.api.server import Api, Server
    from sandbox.api.state import Gate, StateFile
    from sandbox.api.times import times
    from sandbox.authority import Authority
    from sandbox.layers import load
    from sandbox.reader import Reader
    from sandbox.reconcile import Reconciler

    begin = time.time()
    apply_all(settings)
    gate = Gate()
    state = StateFile(settings.home / "state.pickle", gate)
    restored = state.restore()
    # RAILYARD_CA_FILE names it from the first command on.
    Authority(settings).certificate()
    layers = [] if api_only else load(settings)
    # Nobody looks at the picture of an API alone; not reading saves the client's memory.
    read = Reader(settings, loader=SharedModels()).read if layers else Picture
    reconciler = Reconciler(read, layers, became_ready=times.passed)

    def changed() -> None:
        state.changed()
        reconciler.wake()

    def target_state(group_arn: str, target_id: str, port: int) -> str:
        health = board.get((group_arn, target_id, port))
        return health.state if health else "unknown"

    def status() -> dict:
        return {
            "name": settings.name,
            "endpoint": settings.endpoint,
            "region": settings.region,
            "pid": os.getpid(),
            "times": settings.times,
            "mode": "api" if api_only else "hosts",
            "started": begin,
            "memory_bytes": memory(),
            "rounds": reconciler.rounds,
            "converged": reconciler.converged(),
            "read_error": reconciler.read_error,
            "state_error": state.last_error,
            "unsaved": state.unsaved,
            "api": {
                "requests": api.calls.as_dict()["total"],
                "errors": api.calls.errors,
                "refused": api.calls.refused,
            },
            "picture": summary(reconciler.picture, target_state),
            "layers": reconciler.status(),
        }

    api = Api(gate, changed, status, settings, MailPages(settings))
    door.open(api)
    server = Server(settings, api)
    public_dns = PublicDns(settings, environment.ACCOUNT_ID)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: reconciler.stop())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    state.start()
    server.start()
    public_dns.start()
    log.info("serving %s (%s)", settings.endpoint, "state restored" if restored else "empty account")
    try:
        reconciler.run()
    finally:
        log.info("stopping")
        public_dns.close()
        server.close()
        reconciler.close()
        state.close()
        log.info("stopped")


def main(argv: list[str] | None = None) -> int:
    """Entry of the detached process; its output goes to the log file."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.daemon")
    parser.add_argument("--api-only", action="store_true")
    options = parser.parse_args(argv)
    settings = Settings.from_environment()
    settings.make_home()
    path = log_file(settings)
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    logging.basicConfig(
        filename=path, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for noisy in ("botocore", "boto3", "urllib3", "moto", "werkzeug", "mail"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        with only_one(settings):
            serve(settings, options.api_only)
    except Exception as error:
        log.exception("the daemon cannot go on")
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
