# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Options of what is pending for minutes and leaves a snapshot; plugins/module_utils/_resource/lifecycle.py acts on them."""

from __future__ import annotations


class ModuleDocFragment:
    """Of rds_instance and elasticache_replication_group."""

    DOCUMENTATION = r"""
options:
  apply_immediately:
    description: Whether changes that may interrupt service are made now, or in the next maintenance window.
    type: bool
    default: true
  final_snapshot_identifier:
    description: Name of the snapshot that O(state=absent) leaves; by default what the resource is called, and the time.
    type: str
  retain_snapshot:
    description: Whether O(state=absent) leaves a snapshot. With V(false) the content is lost.
    type: bool
    default: true
  wait:
    description:
      - Whether to wait until the resource is available or gone.
      - A change always waits until an earlier one is done, because AWS takes one at a time.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait for one change.
    type: int
    default: 1800
"""
