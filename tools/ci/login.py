"""An identity token becomes a session of a role, whose keys last as long as the run and are stored nowhere.

Once, and not by every process: the token of GitHub lasts some minutes, and a run starts hundreds of processes.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from tools.verbs.trouble import Trouble

AUDIENCE = "sts.amazonaws.com"
#: What of this process no other one is given: with these it could get a session by itself, or write to the repository.
_KEPT_BACK = (
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_RUNTIME_TOKEN",
    "AWS_DEFAULT_PROFILE",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_SECURITY_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "GH_TOKEN",
    "GITHUB_TOKEN",
)


def environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment with keys of the role in RAILYARD_CI_ROLE, for programs that ask AWS. Raises Trouble."""
    role = environ.get("RAILYARD_CI_ROLE", "")
    if not re.fullmatch(r"arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+", role):
        raise Trouble(
            f"RAILYARD_CI_ROLE is '{role}', which is no ARN of a role; write that of <stack>-<region>-ci-plan or "
            "-ci-deploy, which "
            "`ansible-playbook site.yml --tags iam` makes for railyard_ci_repositories: `aws iam list-roles "
            "--path-prefix /railyard/`"
        )
    own = {name: value for name, value in environ.items() if name not in _KEPT_BACK}
    return own | _session(role, _token(environ), environ)


def _token(environ: Mapping[str, str]) -> str:
    file, url = environ.get("AWS_WEB_IDENTITY_TOKEN_FILE", ""), environ.get("ACTIONS_ID_TOKEN_REQUEST_URL", "")
    if file:
        try:
            return Path(file).read_text("utf-8").strip()
        except OSError as error:
            raise Trouble(f"AWS_WEB_IDENTITY_TOKEN_FILE is '{file}', which cannot be read: {error.strerror}.") from None
    if not url:
        raise Trouble(
            "This run has no identity token. In GitHub Actions give the job `permissions: id-token: write` (a pull "
            "request from a fork gets none); "
            "elsewhere name a file with one in AWS_WEB_IDENTITY_TOKEN_FILE."
        )
    audience = quote(environ.get("RAILYARD_CI_AUDIENCE") or AUDIENCE, safe="")
    header = {"Authorization": f"Bearer {environ.get('ACTIONS_ID_TOKEN_REQUEST_TOKEN', '')}"}
    asked = urllib.request.Request(f"{url}{'&' if '?' in url else '?'}audience={audience}", headers=header)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return str(json.load(answer)["value"])
    except (OSError, ValueError, KeyError) as error:
        raise Trouble(f"GitHub gave no identity token: {error}. Give the job `permissions: id-token: write`.") from None


def _session(role: str, token: str, environ: Mapping[str, str]) -> dict[str, str]:
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    seconds = environ.get("RAILYARD_CI_SESSION_SECONDS") or "3600"
    if not seconds.isdecimal():
        raise Trouble(f"RAILYARD_CI_SESSION_SECONDS is '{seconds}'; write a number of seconds, such as 3600.")
    # In CloudTrail the session has the name of the run.
    name = re.sub(r"[^\w+=,.@-]", "-", f"railyard-{environ.get('GITHUB_RUN_ID', 'ci')}")[:64]
    try:
        client = boto3.client("sts", region_name=environ.get("AWS_REGION"), config=Config(signature_version=UNSIGNED))
        got = client.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName=name, WebIdentityToken=token, DurationSeconds=int(seconds)
        )["Credentials"]
    except (BotoCoreError, ClientError) as error:
        raise Trouble(
            f"The role {role} was not given to '{subject(token)}': {error}. Who may have it follows from "
            "railyard_ci_repositories, _branches and "
            "_environments: mend them and run `ansible-playbook site.yml --tags iam`."
        ) from None
    return {
        "AWS_ACCESS_KEY_ID": got["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": got["SecretAccessKey"],
        "AWS_SESSION_TOKEN": got["SessionToken"],
    }


def subject(token: str) -> str:
    """Who a token says that it is of: that much of it is no secret."""
    try:
        body = token.split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["sub"])
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return "something that is no token"
