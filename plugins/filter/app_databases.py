# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Databases of an application beside its first one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.module_utils._deploy import databases


def app_databases(given: Any, first: str, engine: str = "mysql") -> dict[str, str]:
    """Return the databases by the names that the application has for them.

    :raises AnsibleFilterError: of names that cannot be
    """
    found = databases.problems(given, first, engine, "app_databases")
    if found:
        raise AnsibleFilterError(" ".join(found))
    return databases.named(given, first)


def app_databases_problems(given: Any, first: str, engine: str = "mysql") -> list[str]:
    """Return what is wrong with the databases of an application."""
    return databases.problems(given, first, engine, "app_databases")


class FilterModule:
    """Filters about databases beside the first one."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"app_databases": app_databases, "app_databases_problems": app_databases_problems}
