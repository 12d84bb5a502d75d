# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs about buckets; see inputs.py."""

from __future__ import annotations

from typing import Any

Inputs = dict[str, Any]

_BUCKETS = {
    "railyard_uploads_bucket": "files",
    "railyard_artifacts_bucket": "builds",
    "railyard_logs_bucket": "logs",
    "railyard_mail_bucket": "mail",
}


def bucket_problems(inputs: Inputs, owners: dict[str, str]) -> list[str]:
    """Buckets of other accounts; ``owners`` is what s3_bucket_owner_info answered about the names that were asked for."""
    stack = str(inputs.get("railyard_stack")).lower()
    return [
        f"{name} is '{inputs[name]}', which another account has already (names are unique among all accounts of AWS), or which these "
        f"credentials may not see; choose another, such as {stack}-{use}-{{account}}, where {{account}} becomes your account's id."
        for name, use in _BUCKETS.items()
        if owners.get(str(inputs.get(name))) == "other"
    ]
