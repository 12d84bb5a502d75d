# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter ``railyard.aws.input_problems``; documented in input_problems.yml."""

from __future__ import annotations

import functools
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.module_utils._stack import inputs as rules

try:
    from botocore.session import Session
except ImportError:
    Session = None


@functools.cache
def regions() -> tuple[str, ...]:
    """Regions of every partition that botocore knows."""
    if Session is None:
        raise AnsibleFilterError("The Python package botocore is missing; run `make setup`, or `pip install boto3`.")
    session = Session()
    return tuple(region for partition in session.get_available_partitions() for region in session.get_available_regions("ec2", partition))


def input_problems(inputs: dict[str, Any], seen: dict[str, Any]) -> list[str]:
    return rules.input_problems(dict(inputs), dict(seen), list(regions()))


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"input_problems": input_problems}
