# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets of a stack in Secrets Manager: their names, never their values."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import ask, still_there
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import arn_entry, moment
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Kind, ModuleSpec, Raw, Scope
from ansible_collections.railyard.aws.plugins.module_utils._inventory.tags import belongs_to_stack
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

_FILTERS = ("tag-key", "tag-value")


def _described(client: Any, secret_id: str) -> Raw | None:
    """A secret by its name or ARN; None for one on its way out."""
    answer = ask(client, "describe_secret", SecretId=secret_id)
    return None if answer.get("DeletedDate") else answer


def _find_secrets(client: Any, scope: Scope, names: list[str]) -> list[Raw]:
    """Those of the named secrets (names or ARNs) that exist and carry the tag ``Stack=<stack>``."""
    described = still_there(lambda name: _described(client, name), names)
    return [secret for secret in described if belongs_to_stack(secret.get("Tags"), scope.stack)]


def _read_secrets(client: Any, scope: Scope) -> list[Raw]:
    """Secrets with the tag ``Stack=<stack>``.

    AWS's list lags up to five minutes: it lacks what was just made, and has what was just deleted. So each is asked for by
    itself, and ``_find_secrets`` finds those whose names somebody knows. AWS filters keys and values of tags apart.
    """
    filters = [{"Key": key, "Values": [value]} for key, value in zip(_FILTERS, ("Stack", scope.stack), strict=True)]
    return _find_secrets(client, scope, [secret["ARN"] for secret in read_all(client, "list_secrets", "SecretList", Filters=filters)])


def _secret(raw: Raw) -> Entry:
    times = {"created": moment(raw.get("CreatedDate")), "changed": moment(raw.get("LastChangedDate"))}
    return arn_entry(raw, "ARN", "Name", description=raw.get("Description", ""), **times)


KINDS: dict[str, Kind] = {
    "secrets": Kind(
        label="Secret",
        role="app",
        made_by={
            "community.aws.secretsmanager_secret": ModuleSpec(),
            # Its tag Name is that of the user.
            "railyard.aws.ses_smtp_credentials": ModuleSpec(("secret_name",), named_by_tag=False),
        },
        client="secretsmanager",
        read=_read_secrets,
        find=_find_secrets,
        entry=_secret,
        fields={"arn": None, "description": "", "created": None, "changed": None},
        planned_id="arn:aws:secretsmanager:{region}:{account}:secret:{name}-{index:06x}",
        about="No value. `changed` is when AWS last saw any change of it, its tags included.",
    ),
}
