"""``tunnel``: the database at a port of this machine, through the jump host and a web server, and nothing else.

Firewall and sshd stay as shut as they are: the jump host may not reach the database, and web servers forward no ports.
Each connection to the local port is a command on a web server that passes bytes on to the database, as the application
could.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

from tools.verbs import way
from tools.verbs.recorded import Recorded
from tools.verbs.remote import unreachable
from tools.verbs.stack import Stack
from tools.verbs.trouble import Trouble

#: On the web server, for one connection: bytes both ways, until either side has no more.
RELAY = """
import os, socket, sys, threading
way = socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)
way.settimeout(None)
def up():
    while True:
        data = os.read(0, 65536)
        if not data:
            break
        way.sendall(data)
    way.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
while True:
    data = way.recv(65536)
    if not data:
        break
    while data:
        data = data[os.write(1, data):]
"""


def database(stack: Stack) -> dict[str, Any]:
    """Address, port, engine and names of the stack's database. Raises Trouble when there is none."""
    import boto3
    from botocore.exceptions import ClientError

    said = stack.ask(
        "{'instance': railyard_database_name, 'region': railyard_region, 'name': railyard_app_database,"
        " 'user': railyard_app_database_user, 'secret': railyard_app_database_secret, 'beside': railyard_app_databases}"
    )
    client = boto3.session.Session(region_name=said["region"]).client("rds")
    try:
        found = client.describe_db_instances(DBInstanceIdentifier=said["instance"])["DBInstances"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "DBInstanceNotFound":
            raise
        found = []
    if not found or not found[0].get("Endpoint", {}).get("Address"):
        state = found[0]["DBInstanceStatus"] if found else "missing"
        raise Trouble(
            f"The database '{said['instance']}' is {state}; run `ansible-playbook site.yml --tags rds` first."
        )
    endpoint = found[0]["Endpoint"]
    return {**said, "address": endpoint["Address"], "port": int(endpoint["Port"]), "engine": found[0]["Engine"]}


def names(database: dict[str, Any]) -> list[str]:
    """Names of the application's databases, all of which are there, the first one first."""
    from ansible_collections.railyard.aws.plugins.module_utils._deploy import databases

    return [database["name"], *databases.named(database["beside"], database["name"]).values()]


def client_command(database: dict[str, Any], name: str, port: int) -> str:
    """The command of a client for one of them, without the password, which a command of its own reads."""
    user = database["user"]
    if database["engine"] == "postgres":
        return f"psql 'host=127.0.0.1 port={port} user={user} dbname={name} sslmode=require'"
    # The option that clients of MySQL and of MariaDB both have.
    return f"mysql --host=127.0.0.1 --port={port} --user={user} --password --ssl {name}"


def _pass(connection: socket.socket, command: Sequence[str]) -> None:
    """Pass the bytes of one connection on, until it ends."""
    with connection, subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout

        def up() -> None:
            with contextlib.suppress(OSError):
                while data := connection.recv(65536):
                    process.stdin.write(data)
                    process.stdin.flush()
            with contextlib.suppress(OSError):
                process.stdin.close()

        threading.Thread(target=up, daemon=True).start()
        with contextlib.suppress(OSError):
            while data := os.read(process.stdout.fileno(), 65536):
                connection.sendall(data)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def listener(port: int) -> socket.socket:
    """A socket of this machine alone; port 0 takes a free one. Raises Trouble."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        raise Trouble(
            f'Port {port} of this machine cannot be had ({error}); name another: make tunnel ARGS="--port 13307"'
        ) from None


def tunnel(words: Sequence[str]) -> int:
    """``make tunnel``, until Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="make tunnel", usage='make tunnel ARGS="[--port PORT] [--on SERVER] [-e VARIABLE]"'
    )
    parser.add_argument("--port", type=int, help="of this machine; 10000 and the database's otherwise, such as 13306")
    parser.add_argument(
        "--on", metavar="SERVER", help="the web server that the way leads through, the first one otherwise"
    )
    parser.add_argument(
        "-e", "--extra-vars", action="append", default=[], metavar="VARIABLE", help="as for ansible-playbook"
    )
    options = parser.parse_args(words)
    stack = Stack(options.extra_vars)
    server = stack.servers(options.on)[0]
    to = database(stack)
    relay = ["exec", "/usr/bin/python3", "-c", RELAY, to["address"], str(to["port"])]
    with (
        listener(to["port"] + 10000 if options.port is None else options.port) as local,
        way.shared(server, unreachable(server)) as shared,
        Recorded(stack, f"tunnel to {to['instance']}", server.name),
    ):
        command = server.command(*relay, options=shared)
        port = local.getsockname()[1]
        where = f"{to['address']}:{to['port']} is at 127.0.0.1:{port}"
        secret = f"aws secretsmanager get-secret-value --secret-id {to['secret']} --query SecretString --output text"
        print(f"{where}, through the jump host and {server.name}. Ctrl-C ends it.")
        for name in names(to):
            print(f"    {client_command(to, name, port)}")
        print(f"Its password: {secret}", flush=True)
        try:
            # Ctrl-C may reach another thread, which does not wake this one.
            local.settimeout(0.5)
            while True:
                with contextlib.suppress(TimeoutError):
                    connection, _from = local.accept()
                    threading.Thread(target=_pass, args=(connection, command), daemon=True).start()
        except KeyboardInterrupt:
            print("\nThe tunnel is closed.", file=sys.stderr)
    return 0
