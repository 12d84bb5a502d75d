"""Asks a site at an even pace for a while and prints, as JSON, how it was answered.

    python3 load.py URL RATE SECONDS [UNIX_SOCKET]

At most WORKERS requests are under way at once. A request fails when there is no answer or one that is not 200.
"""

from __future__ import annotations

import http.client
import json
import socket
import sys
import threading
import time
from urllib.parse import urlsplit

WORKERS = 16
#: Seconds until an unanswered request has failed.
TIMEOUT = 30


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(self.path)


def ask(url: str, unix: str | None) -> str:
    """Make one request on a connection of its own; return what went wrong, or nothing."""
    parts = urlsplit(url)
    connection = UnixConnection(unix) if unix else http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT)
    try:
        connection.request("GET", f"{parts.path or '/'}?{parts.query}")
        answer = connection.getresponse()
        answer.read()
        return "" if answer.status == 200 else str(answer.status)
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        connection.close()


def load(url: str, rate: float, seconds: float, unix: str | None) -> dict[str, object]:
    times: list[float] = []
    failures: list[str] = []
    lock = threading.Lock()
    numbers = iter(range(int(rate * seconds)))
    start = time.monotonic()

    def work() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            due = start + number / rate
            time.sleep(max(0.0, due - time.monotonic()))
            problem = ask(url, unix)
            with lock:
                # Counted from when the request was due, so that a pause shows in every request it held up.
                times.append(time.monotonic() - due)
                if problem:
                    failures.append(problem)

    threads = [threading.Thread(target=work) for _worker in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.sort()
    return {
        "requests": len(times),
        "failed": len(failures),
        "failures": sorted(set(failures)),
        "p50_ms": round(1000 * times[len(times) // 2], 1),
        "p99_ms": round(1000 * times[min(len(times) - 1, len(times) * 99 // 100)], 1),
    }


if __name__ == "__main__":
    url, rate, seconds, *unix = sys.argv[1:]
    print(json.dumps(load(url, float(rate), float(seconds), unix[0] if unix else None)))
