# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs about processes beside puma; see validation.py."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy import processes


def process_problems(inputs: dict[str, Any]) -> list[str]:
    """What no process can be as it was meant."""
    declared = inputs.get("railyard_app_processes")
    # What is no dictionary at all the setting's type says.
    return [f"railyard_app_processes: {problem}" for problem in processes.problems(declared)] if isinstance(declared, dict) else []
