# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Where a load balancer's site is opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: site_url
short_description: Where a load balancer's site is opened
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Builds the URL from the DNS name and the listeners; HTTPS is preferred, a usual port is left out.
positional: _input, host
options:
  _input:
    description: An entry of C(load_balancers) of RV(railyard.aws.stack_info#module:stack).
    type: dict
    required: true
  host:
    description: Name that the certificate of the HTTPS listener is for. Plain HTTP is opened at the load balancer's own.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Show where the site is
  ansible.builtin.debug:
    msg: "{{ look.stack.load_balancers.railyard | railyard.aws.site_url }}"
"""

RETURN = r"""
_value:
  description: The URL, with a slash at its end.
  type: str
  sample: http://railyard-123456.ap-northeast-1.elb.amazonaws.com/
"""

from ansible.errors import AnsibleFilterError

USUAL_PORTS = {"HTTP": 80, "HTTPS": 443}


def site_url(load_balancer: dict[str, Any], host: str = "") -> str:
    """Return the URL of the site behind ``load_balancer``, with HTTPS at ``host``.

    :raises AnsibleFilterError: when it listens on nothing.
    """
    listeners = sorted(
        (item for item in load_balancer.get("listeners") or [] if item.get("protocol") in USUAL_PORTS),
        key=lambda item: (item["protocol"] != "HTTPS", item["port"]),
    )
    if not listeners:
        raise AnsibleFilterError(
            f"Load balancer '{load_balancer.get('name')}' has no listener, so nothing can be opened on it; run `ansible-playbook site.yml --tags alb` first."
        )
    protocol, port = listeners[0]["protocol"], listeners[0]["port"]
    name = host if host and protocol == "HTTPS" else load_balancer["dns_name"]
    place = name if port == USUAL_PORTS[protocol] else f"{name}:{port}"
    return f"{protocol.lower()}://{place}/"


class FilterModule:
    """Filters on load balancers."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"site_url": site_url}
