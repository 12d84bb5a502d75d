# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Statements that give a user of MySQL exactly its rights."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.railyard.aws.plugins.module_utils._rds.rights import database_grants


class FilterModule:
    """Filters about rights in databases."""

    def filters(self) -> dict[str, Callable[..., list[str]]]:
        return {"database_grants": database_grants}
