"""The ssh key of CI's own account on the servers: made here, kept in a parameter that only the deploying role reads."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.ci import playbook
from tools.verbs.trouble import Trouble

_SETTINGS = {"name": "railyard_ci_key_parameter", "region": "railyard_region", "stack": "railyard_stack"}


def user(environ: Mapping[str, str] = os.environ) -> str:
    """CI's account on the servers."""
    return environ.get("RAILYARD_CI_USER") or "ci"


def make() -> int:
    """Make a key pair, keep its private half in AWS, and show its public one; returns the exit status."""
    said = playbook.settings(_SETTINGS)
    with tempfile.TemporaryDirectory(prefix="railyard-ci-") as folder:
        file = Path(folder) / "key"
        made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{user()}@{said['stack']}", "-f", str(file)]
        subprocess.run(made, check=True, stdin=subprocess.DEVNULL)
        _keep(_client(said["region"]), said["name"], file.read_text("ascii"))
        public = Path(f"{file}.pub").read_text("ascii").strip()
    print(
        f"The private half is kept in the parameter {said['name']}; this machine has none of it. Put the public half "
        "on the list of people, in the\n"
        "place of an earlier one, and run `ansible-playbook site.yml`:\n\n"
        f'  railyard_people:\n    - {{name: {user()}, ssh_keys: ["{public}"], sudo: all}}'
    )
    return 0


def write(environment: Mapping[str, str], name: str, region: str, file: Path) -> None:
    """Write the private half to a file that nobody else can read. Raises Trouble."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = _client(region, environment).get_parameter(Name=name, WithDecryption=True)
    except (BotoCoreError, ClientError) as error:
        raise Trouble(
            f"CI's own ssh key cannot be read from the parameter {name}: {error}. Somebody who administers the stack "
            "makes it, once: `python -m tools.ci key`",
            1,
        ) from None
    with open(file, "x", encoding="ascii", opener=lambda path, flags: os.open(path, flags, 0o600)) as key:
        key.write(answer["Parameter"]["Value"].rstrip("\n") + "\n")


def _keep(client: Any, name: str, private: str) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client.put_parameter(Name=name, Value=private, Type="SecureString", Overwrite=True, Description="ssh key of CI")
    except (BotoCoreError, ClientError) as error:
        raise Trouble(
            f"The parameter {name} could not be written: {error}. docs/iam-policy-named.json says who may.", 1
        ) from None


def _client(region: str, environment: Mapping[str, str] = os.environ) -> Any:
    import boto3

    return boto3.client(
        "ssm",
        region_name=region,
        aws_access_key_id=environment.get("AWS_ACCESS_KEY_ID"),
        aws_secret_access_key=environment.get("AWS_SECRET_ACCESS_KEY"),
        aws_session_token=environment.get("AWS_SESSION_TOKEN"),
    )
