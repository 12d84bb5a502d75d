"""A bucket for scenarios that keep something in S3: the emulator on the controller's loopback, and a way to it inside
each host, on the host's own loopback and another port, so that a signed address for the one is no good for the other.

    python molecule/shared/bucket.py up BUCKET HOST...    prints {"endpoint": ..., "changed": ...}
    python molecule/shared/bucket.py down BUCKET
    python molecule/shared/bucket.py serve BUCKET HOST...    (what `up` leaves running)
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sandbox.core.settings import PROJECT, Settings
from sandbox.network import netns

#: Port on the controller, and port inside the hosts.
CONTROLLER_PORT = 5097
HOST_PORT = 5098
READY_TIMEOUT = 30


def up(bucket: str, hosts: list[str]) -> bool:
    """Serve until ``down``; every time anew, since the hosts' namespaces may be."""
    down(bucket)
    log = PROJECT / ".cache" / "molecule" / f"{bucket}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, __file__, "serve", bucket, *hosts],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + READY_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        if "ready" in log.read_text():
            return True
        time.sleep(0.1)
    process.kill()
    raise SystemExit(f"The bucket did not start: {log.read_text()}")


def down(bucket: str) -> bool:
    """End what serves the bucket, found by its command line. Returns whether there was anything."""
    wanted = [__file__.encode(), b"serve", bucket.encode()]
    found = [file for file in Path("/proc").glob("[0-9]*/cmdline") if _words(file)[1:4] == wanted]
    for file in found:
        os.kill(int(file.parent.name), signal.SIGTERM)
    deadline = time.monotonic() + READY_TIMEOUT
    while any(map(_words, found)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(found)


def serve(bucket: str, hosts: list[str]) -> None:
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=CONTROLLER_PORT, verbose=False)
    server.start()
    s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{CONTROLLER_PORT}")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": os.environ["AWS_REGION"]})
    prefix = Settings(name="molecule", home=PROJECT / ".cache" / "molecule", api_port=0, region="none")
    for host in hosts:
        inner = netns.socket_in(prefix.netns(host))
        inner.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        inner.bind(("127.0.0.1", HOST_PORT))
        inner.listen()
        threading.Thread(target=_publish, args=(inner,), daemon=True).start()
    print("ready", flush=True)
    signal.sigwait({signal.SIGTERM})
    server.stop()


def _publish(inner: socket.socket) -> None:
    while True:
        client, _address = inner.accept()
        outer = socket.create_connection(("127.0.0.1", CONTROLLER_PORT))
        for source, target in ((client, outer), (outer, client)):
            threading.Thread(target=_copy, args=(source, target), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    # Either side may hang up first.
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


def _words(command_line: Path) -> list[bytes]:
    """The process's arguments; none when it has ended."""
    try:
        return [word for word in command_line.read_bytes().split(b"\0") if word]
    except (FileNotFoundError, ProcessLookupError):
        return []


def main(argv: list[str]) -> None:
    match argv:
        case ["up", bucket, *hosts]:
            print(json.dumps({"endpoint": f"http://127.0.0.1:{HOST_PORT}", "changed": up(bucket, hosts)}))
        case ["down", bucket]:
            print(json.dumps({"changed": down(bucket)}))
        case ["serve", bucket, *hosts]:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            serve(bucket, hosts)
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
