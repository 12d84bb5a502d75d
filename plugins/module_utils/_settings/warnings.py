# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is said of inputs that are allowed, and not without a price."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import entries, truth
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.networks import ADMIN, opens_to_the_world
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.people import addresses

BOOK = (
    "railyard_profile is book, for practice: ssh on the jump host is open to the internet, servers give credentials without "
    "a token (IMDSv1), the uploads bucket takes ACLs, and MySQL 8.0, Ruby 2.6 and Rails 5.1 are out of support. "
    "Leave `-e @profiles/book.yml` out for the safe values."
)
STUDY = (
    "railyard_profile is study, for practice: there is one web server and one cache node, the database goes with the stack and leaves "
    "no snapshot. It is meant to sleep between two lessons: `make sleep`. Leave `-e @profiles/study.yml` out for what a site needs."
)


def input_warnings(inputs: dict[str, Any]) -> list[str]:
    found = []
    if inputs.get("railyard_profile") == "book":
        found.append(BOOK)
    if inputs.get("railyard_profile") == "study":
        found.append(STUDY)
    if opens_to_the_world([*entries(inputs, ADMIN), *addresses(inputs)]):
        found.append("railyard_admin_allow_world is true: ssh on the jump host is open to the whole internet.")
    if truth(inputs.get("railyard_database_allow_ended_version")):
        found.append(
            "railyard_database_allow_ended_version is true: AWS charges extra, by the hour, for versions of MySQL whose standard "
            f"support has ended. railyard_database_engine_version is {inputs.get('railyard_database_engine_version')}."
        )
    return found
