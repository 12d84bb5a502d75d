"""A deployment from CI: by the role that deploys, as CI's own account on the servers, from an address let in for it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.ci import address, github, key, login, markdown, playbook
from tools.verbs import words
from tools.verbs.trouble import Trouble

_SETTINGS = {
    "stack": "railyard_stack",
    "region": "railyard_region",
    "environment": "railyard_environment",
    "group": "railyard_jump_security_group_name",
    "checkip": "railyard_checkip_url",
    "key": "railyard_ci_key_parameter",
    "seconds": "railyard_ci_session_seconds",
    "people": "railyard_people | map(attribute='name') | join(' ')",
}


def deploy() -> int:
    """Deploy the commit that the workflow runs for; returns the exit status of the playbook."""
    said = playbook.settings(_SETTINGS)
    if key.user() not in said["people"].split():
        raise Trouble(
            f"'{key.user()}' is not in railyard_people ({said['people'] or 'nobody is'}), and so has no account on the "
            "servers: `python -m tools.ci key` "
            "makes its key and says what to add; another name goes into RAILYARD_CI_USER."
        )
    revision = words.revision(os.environ.get("RAILYARD_CI_REVISION") or os.environ.get("GITHUB_SHA", ""), "revision")
    environment = login.environment(os.environ)
    with tempfile.TemporaryDirectory(prefix="railyard-ci-") as folder:
        file = Path(folder) / "key"
        key.write(environment, said["key"], said["region"], file)
        environment |= {
            "RAILYARD_SSH_USER": key.user(),
            "RAILYARD_SSH_KEY_FILE": str(file),
            "RAILYARD_STATE_DIR": folder,
        }
        run = os.environ.get("GITHUB_RUN_ID", "by-hand")
        here = address.own(said["checkip"])
        with address.opened(
            _ec2(environment, said["region"]), said["stack"], said["group"], here, run, int(said["seconds"])
        ) as what:
            print(what, flush=True)
            status = playbook.run(["playbooks/deploy.yml"], environment, _extra(said["environment"], revision))
    outcome = "was not deployed; the log says why" if status else "is deployed"
    github.summary(
        f"{markdown.code(revision)} {outcome}: {markdown.code(said['stack'])} in {markdown.code(said['region'])}."
    )
    return status


def _extra(environment: str, revision: str) -> dict[str, str]:
    """Variables of the run. Who merged, or approved for GitHub's environment, has confirmed it."""
    who = re.sub(r"[^\w.@+-]", "-", os.environ.get("GITHUB_ACTOR", "") or "ci")
    found = {"revision": revision, "railyard_operator": f"{who}@github-actions"}
    return found | ({"confirm": environment} if environment else {})


def _ec2(environment: Mapping[str, str], region: str) -> Any:
    import boto3

    return boto3.client(
        "ec2",
        region_name=region,
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment["AWS_SESSION_TOKEN"],
    )
