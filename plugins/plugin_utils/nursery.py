# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A process that has imported already what modules of AWS import, and runs each of them in a child of its own.

Ansible starts a new Python for every module, which spends most of its time on importing boto3 and on reading the descriptions
of AWS's services. A child that is forked from this process has both. It runs the very program that Ansible made, and nothing
of it comes back: the next child begins where this one did.

This file is run by itself, ``python nursery.py SOCKET DESCRIPTOR``, and imports nothing of the collection. It ends when its standard input
does, as it does with the run that started it. What a request is, ``plugin_utils/preloaded.py`` says.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path
from types import ModuleType
from typing import Any


def beside(name: str) -> ModuleType:
    """A file of this directory as a module: the collection itself is not imported here."""
    specification = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    if specification is None or specification.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


nursed = beside("nursed")

#: What the modules of the collections import. A library that is missing is missed by the module that wants it.
LIBRARIES = ("ansible.module_utils.basic", "boto3", "botocore.client", "botocore.config", "botocore.exceptions", "botocore.parsers", "botocore.waiter")
#: In the order in which a run asks for them.
SERVICES = ("sts", "ec2", "ssm", "rds", "service-quotas", "iam", "s3", "kms", "secretsmanager", "cloudwatch", "logs", "sns", "elasticache", "route53") + (
    *("acm", "elbv2", "ses", "sesv2", "route53domains", "dynamodb"),
)
#: A request's beginning: the length of what follows, in so many digits.
DIGITS = 12


def preload() -> None:
    """Import the libraries, as a module would find them."""
    # ansible.module_utils would take this for the controller, and speak as that does.
    sys.modules["ansible._internal"] = None  # type: ignore[assignment]
    for name in LIBRARIES:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    try:
        from botocore.loaders import JSONFileLoader, Loader
    except ImportError:
        return
    read: dict[str, Any] = {}
    listed: dict[tuple[str, ...], list[str]] = {}
    load, enlist = JSONFileLoader.load_file, Loader.list_available_services

    def load_once(self: Any, file_path: str) -> Any:
        """A service's description, which a child may change as it likes."""
        if file_path not in read:
            read[file_path] = load(self, file_path)
        return read[file_path]

    def enlist_once(self: Any, type_name: str) -> list[str]:
        """Names of services that there are descriptions of, for which 400 directories are looked into."""
        where = (*self.search_paths, type_name)
        if where not in listed:
            listed[where] = enlist(self, type_name)
        return listed[where]

    JSONFileLoader.load_file, Loader.list_available_services = load_once, enlist_once


def describe(service: str) -> None:
    """Read a service's description, and what else its client does."""
    try:
        import boto3
        from botocore.exceptions import BotoCoreError
    except ImportError:
        return
    try:
        boto3.session.Session("x", "x", region_name="us-east-1").client(service)
    except (BotoCoreError, ValueError):
        return


def answer(connection: socket.socket, listening: socket.socket) -> None:
    """Fork a child for the request on a connection. The parent goes on."""
    if os.fork():
        return
    status = 1
    try:
        # Nobody is to be led here once the parent has ended.
        listening.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        circumstances, program = receive(connection)
        take_on(circumstances)
        status = nursed.run(program)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        try:
            nursed.leave()
            connection.sendall(status.to_bytes(1, "big"))
        finally:
            os._exit(status)


def receive(connection: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Take a request and its standard output and error: circumstances, and the program. Raises OSError."""
    head, files, _flags, _address = socket.recv_fds(connection, DIGITS, 2)
    length = int(head)
    body = b""
    while len(body) < length:
        more = connection.recv(min(length - len(body), 1 << 20))
        if not more:
            raise EOFError("The request ended before its end.")
        body += more
    for number, file in enumerate(files, start=1):
        os.dup2(file, number)
        os.close(file)
    circumstances, _newline, program = body.partition(b"\n")
    return json.loads(circumstances), program


def take_on(circumstances: dict[str, Any]) -> None:
    """Have what the program was asked to be run with."""
    os.environ.clear()
    os.environ.update(circumstances["environment"])
    os.umask(circumstances["umask"])
    os.chdir(circumstances["directory"])


def main(path: str, listening: socket.socket) -> None:
    """Serve until standard input ends."""
    # Children are nobody's business: who asked hears from them. Ctrl-C is theirs and Ansible's.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listening.set_inheritable(False)
    preload()
    left = list(SERVICES)
    watched: list[Any] = [listening, 0]
    gc.freeze()
    while True:
        ready, _writable, _odd = select.select(watched, [], [], 0 if left else None)
        if 0 in ready:
            # A run that was killed leaves the directory to nobody else.
            for remove in (os.unlink, lambda path: os.rmdir(os.path.dirname(path))):
                with contextlib.suppress(OSError):
                    remove(path)
            return
        if listening in ready:
            connection, _address = listening.accept()
            with connection:
                answer(connection, listening)
        elif left:
            describe(left.pop(0))
            gc.freeze()


if __name__ == "__main__":
    main(sys.argv[1], socket.socket(fileno=int(sys.argv[2])))
