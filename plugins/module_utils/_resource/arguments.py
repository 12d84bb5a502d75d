# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Arguments that mean the same in every module of a resource."""

from __future__ import annotations

from typing import Any

STATE: dict[str, Any] = {"state": {"type": "str", "choices": ["present", "absent"], "default": "present"}}

TAGS: dict[str, Any] = {
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}

#: Of what is pending for minutes and leaves a snapshot.
LIFECYCLE: dict[str, Any] = {
    "apply_immediately": {"type": "bool", "default": True},
    "final_snapshot_identifier": {"type": "str"},
    "retain_snapshot": {"type": "bool", "default": True},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 1800},
}

#: Those that say what a module does, not what its resource is.
MODULE_OPTIONS = (*STATE, "purge_tags", *LIFECYCLE)
