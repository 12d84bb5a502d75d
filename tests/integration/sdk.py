"""The AWS SDK on a host of the sandbox: botocore as it is, with the host's own credentials and trust store."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore

from sandbox.hosts.engine import INSTANCE_LABEL, Engine

#: Pure Python that botocore needs, and the descriptions of the services that are asked.
_PACKAGES = ("botocore", "dateutil", "jmespath", "urllib3", "six.py")
SERVICES = ("cloudwatch", "logs", "s3", "secretsmanager", "ssm", "sts")
_HOME = "/opt/sdk"

#: Reads calls from standard input and writes their answers, one after another.
_PROGRAM = """
import json, sys
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

said = json.load(sys.stdin)
session = botocore.session.get_session()
config = Config(connect_timeout=3, read_timeout=15, retries={"total_max_attempts": 1})
answers = []
for call in said["calls"]:
    client = session.create_client(call["service"], region_name=said["region"], config=config, **call["client"])
    try:
        got = getattr(client, call["operation"])(**call["arguments"])
    except ClientError as error:
        answers.append({"error": error.response["Error"]["Code"]})
    except BotoCoreError as error:
        answers.append({"error": type(error).__name__})
    else:
        if "Body" in got:
            got["Body"] = got["Body"].read().decode()
        answers.append({"answer": got})
json.dump(answers, sys.stdout, default=str)
"""


@dataclass(frozen=True)
class Call:
    """``client`` are arguments of the client: nothing means that the SDK finds its credentials itself."""

    service: str
    operation: str
    arguments: dict[str, Any]
    client: dict[str, str]


def call(service: str, operation: str, client: dict[str, str] | None = None, **arguments: Any) -> Call:
    return Call(service, operation, arguments, client or {})


class Host:
    """A host that runs."""

    def __init__(self, engine: Engine, instance_id: str, region: str) -> None:
        self.engine = engine
        self.region = region
        (container,) = engine.containers(f"{INSTANCE_LABEL}={instance_id}")
        self.name = container.name

    def run(self, *argv: str, stdin: str | None = None) -> str:
        """Output of a command; ``CommandError`` when it fails."""
        return self.engine.exec(self.name, argv, stdin=stdin)

    def install(self) -> None:
        """Put the SDK there, as a package of the distribution would."""
        self.run("sh", "-c", f"mkdir -p {_HOME} && base64 -d | tar -xzC {_HOME}", stdin=_archive())

    def ask(self, *calls: Call) -> list[Any]:
        """For each call its answer, or the code of its error."""
        said = {"region": self.region, "calls": [vars(one) for one in calls]}
        # Where the SDK would trust a list of its own, the host's takes its place.
        environment = (
            f"PYTHONPATH={_HOME}",
            "AWS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt",
            # The SDK asks for credentials once, for a second, which on a busy machine is none.
            "AWS_METADATA_SERVICE_TIMEOUT=5",
            "AWS_METADATA_SERVICE_NUM_ATTEMPTS=3",
        )
        text = self.run("env", *environment, "python3", "-c", _PROGRAM, stdin=json.dumps(said))
        return [one["error"] if "error" in one else one["answer"] for one in json.loads(text)]


def _archive() -> str:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
        for path, name in _files(Path(botocore.__file__).parent.parent):
            archive.add(path, name, recursive=False)
    return base64.b64encode(packed.getvalue()).decode()


def _files(packages: Path) -> Iterable[tuple[Path, str]]:
    data = packages / "botocore" / "data"
    for package in _PACKAGES:
        top = packages / package
        for path in [top] if top.is_file() else top.rglob("*"):
            beside = path.relative_to(data).parts if path.is_relative_to(data) else ()
            of_another_service = len(beside) > 1 and beside[0] not in SERVICES
            if path.is_file() and path.suffix != ".pyc" and not of_another_service:
                yield path, str(path.relative_to(packages))
