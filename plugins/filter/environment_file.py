# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The environment of a service as a file that systemd and shells read alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.module_utils._deploy import environment


def environment_file(variables: dict[str, Any]) -> str:
    """Return the text of the file."""
    found = environment.problems(variables)
    if found:
        raise AnsibleFilterError(" ".join(found))
    return environment.text(variables)


class FilterModule:
    """Filters about the environment of the application."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"environment_file": environment_file, "environment_problems": environment.problems}
