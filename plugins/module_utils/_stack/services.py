# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The services whose resources ``stack_info`` knows beside those of EC2, load balancing, IAM and S3, in the order of making."""

from __future__ import annotations

from ansible_collections.railyard.aws.plugins.module_utils._stack import certificates, secrets, zones
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Service

SERVICES: tuple[Service, ...] = (zones.SERVICE, certificates.SERVICE, secrets.SERVICE)
