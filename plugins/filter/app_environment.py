# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an application finds in its environment: a contract's names, and those that a person gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.module_utils._deploy import contracts, environment, references
from ansible_collections.railyard.aws.plugins.module_utils._deploy.people_secrets import MARK


def app_environment(
    known: Mapping[str, Any],
    contract: str,
    given: Mapping[str, Any],
    secrets: Mapping[str, str] | None = None,
    over: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return names and values.

    :raises AnsibleFilterError: of a contract that is none, and of values that refer to what is none
    """
    if contract not in contracts.NAMES:
        raise AnsibleFilterError(f"'{contract}' is no contract; write one of {', '.join(contracts.NAMES)}.")
    found = environment.problems(given, referring=True, databases=known.get("databases") or ())
    if found:
        raise AnsibleFilterError(" ".join(found))
    over = over or {}
    marked = {*str(over.get(MARK, "")).split(), *references.secretive(given)}
    return {**contracts.environment(known, contract, given, secrets or {}), **over, **({MARK: " ".join(sorted(marked))} if marked else {})}


def environment_secrets(given: Mapping[str, Any]) -> list[str]:
    """Return the names of the secrets that values refer to."""
    return references.secret_names(given)


def environment_secret_problems(given: Mapping[str, Any], secret: str, value: str, region: str) -> list[str]:
    """Return what is wrong with the secret ``secret``, whose text is ``value``, for the variables that refer to it."""
    referring = {name: one for name, one in given.items() if isinstance(one, Mapping) and one.get("secret") == secret}
    found = [references.secret_problem(secret, one.get("key"), value, region) for one in referring.values()]
    if not any(found):
        found = environment.problems({name: references.resolved(one, {}, {secret: value}) for name, one in referring.items()})
    return list(dict.fromkeys(problem for problem in found if problem))


class FilterModule:
    """Filters about what an application finds in its environment."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "app_environment": app_environment,
            "environment_secrets": environment_secrets,
            "environment_secret_problems": environment_secret_problems,
        }
