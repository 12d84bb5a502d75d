"""Every policy that the product makes, as AWS is given it: one run of Ansible renders those of the roles."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tools import iam_policy

PROJECT = Path(__file__).resolve().parents[3]
#: Roles that make policies.
ROLES = ("cloudwatch", "iam", "s3", "ses")
#: An example of ours, which people copy.
QUEUE = PROJECT / "examples/event-driven/queue.yml"
#: Only speaks of policies, in its documentation, which is judged by the policy that the role ses gives it.
DOCUMENTED = PROJECT / "plugins/modules/ses_smtp_credentials.py"
#: What makes the roles write every statement that they have.
SETTINGS: dict[str, Any] = {
    "railyard_domain": "example.com",
    "railyard_mail_receiving": True,
    "railyard_mail_recipients": ["somebody@example.net"],
    "railyard_ci_repositories": ["octo/shop"],
    "railyard_storage_kms_key_arn": "arn:aws:kms:ap-northeast-1:123456789012:key/0a1b2c3d-0000-4000-8000-0123456789ab",
}
#: What the look at the account gives the roles, and nothing else of it here.
LOOK = {"stack": {}, "account_id": "123456789012"}


def variables() -> list[str]:
    """Names of the roles' variables that are whole policies: a version and statements."""
    files = [PROJECT / "roles" / role / "vars/main.yml" for role in ROLES]
    found = {name: value for file in files for name, value in yaml.safe_load(file.read_text("utf-8")).items()}
    return [name for name, value in found.items() if isinstance(value, dict) and {"Version", "Statement"} <= set(value)]


def _of_the_queue() -> dict[str, Any]:
    (play,) = yaml.safe_load(QUEUE.read_text("utf-8"))
    (policy,) = (
        module["policy"]
        for task in play["tasks"]
        for module in task.values()
        if isinstance(module, dict) and "policy" in module
    )
    return {"policy": policy, "vars": play["vars"] | {"account": {"account": LOOK["account_id"]}}}


def _of_roles(folder: Path) -> dict[str, dict[str, Any]]:
    # Variables of a play win over those of groups, so what the stack gives the roles is read here once more.
    folders = [PROJECT / "roles" / role / "defaults" for role in ROLES]
    files = [*(folder / "main.yml" for folder in folders), *(_wiring(role) for role in ROLES)]
    files += [PROJECT / "roles" / role / "vars/main.yml" for role in ROLES]
    queue = _of_the_queue()
    found = {name: f"{{{{ {name} }}}}" for name in variables()} | {
        "buckets": "{{ dict(__s3_buckets | map(attribute='name') | zip(__s3_buckets | map(attribute='policy'))) }}",
        "queue": queue["policy"],
    }
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars_files": [str(file) for file in files],
        "vars": {**queue["vars"], **{f"__{role}_gathered": LOOK for role in ROLES}, "found": found},
        "tasks": [
            {
                "ansible.builtin.copy": {
                    "content": "{{ found | to_json }}",
                    "dest": str(folder / "found"),
                    "mode": "0600",
                }
            }
        ],
    }
    (folder / "play.yml").write_text(yaml.safe_dump([play]), "utf-8")
    (folder / "settings.yml").write_text(yaml.safe_dump(SETTINGS), "utf-8")
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("ansible-playbook"), "-i", PROJECT / "inventory/localhost.yml"),
            *("-e", f"@{folder / 'settings.yml'}", folder / "play.yml"),
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rendered = json.loads((folder / "found").read_text("utf-8"))
    return rendered.pop("buckets") | rendered


def _wiring(role: str) -> Path:
    return PROJECT / "group_vars/all/_roles" / f"{role}.yml"


def every(folder: Path) -> dict[str, dict[str, Any]]:
    """All policies by a name for each; ``folder`` is one to write to."""
    of_people = {path.name: json.loads(text) for path, text in iam_policy.texts().items()}
    return of_people | _of_roles(folder)
