#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: site_probe
short_description: Ask a site until every server behind it has answered
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Sends GET requests, each on a connection of its own, and notes which server answered by a response header.
  - Succeeds when every expected server has served the page with HTTP 200, fails when the time is up.
  - Only reads; it also runs in check mode.
options:
  url:
    description: What to ask for.
    type: str
    required: true
  servers:
    description: Names that must all be seen in O(header).
    type: list
    elements: str
    required: true
  header:
    description: Response header in which a server names itself.
    type: str
    default: X-Served-By
  timeout:
    description: Seconds for the whole probe.
    type: int
    default: 60
  pause:
    description: Seconds between two requests once each server could have answered.
    type: float
    default: 1.0
attributes:
  check_mode:
    description: Nothing is changed, so check mode makes no difference.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
"""

EXAMPLES = r"""
- name: Prove that both web servers serve the page
  railyard.aws.site_probe:
    url: http://railyard-123456.ap-northeast-1.elb.amazonaws.com/
    servers: [web01, web02]
"""

RETURN = r"""
served:
  description: How often each server answered with the page.
  returned: always
  type: dict
  sample: {web01: 2, web02: 2}
requests:
  description: How many requests were sent.
  returned: always
  type: int
failures:
  description: What answers other than the page there were, and how often.
  returned: always
  type: dict
  sample: {"HTTP 502": 3}
"""

import time
from collections import Counter
from urllib.error import HTTPError, URLError

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import open_url

#: Seconds one request may take.
REQUEST_TIMEOUT = 10


def ask(url, header):
    """Send one request.

    :return: name of the server that served the page or None, and None or what went wrong instead.
    """
    try:
        answer = open_url(url, timeout=REQUEST_TIMEOUT, http_agent="railyard-site-probe", use_proxy=False)
        answer.read()
        if answer.headers.get(header):
            return answer.headers[header], None
        return None, f"HTTP {answer.getcode()} without the header {header}"
    except HTTPError as error:
        return None, f"HTTP {error.code}"
    except URLError as error:
        return None, f"no connection: {error.reason}"
    except OSError as error:
        return None, f"no connection: {error}"


def probe(url, servers, header, timeout, pause):
    """Ask until every server was seen or the time is up.

    :return: a Counter of answers by server, a Counter of failures, the number of requests.
    """
    served, failures, requests = Counter(), Counter(), 0
    end = time.monotonic() + timeout
    while not set(servers) <= set(served):
        name, problem = ask(url, header)
        requests += 1
        if name:
            served[name] += 1
        else:
            failures[problem] += 1
        if time.monotonic() > end:
            break
        # A round over all servers goes without pauses; after that something has to change first.
        if requests >= 2 * len(servers):
            time.sleep(pause)
    return served, failures, requests


def verdict(url, servers, served, failures, requests):
    """Return None when all servers were seen, else a sentence that names the missing ones and what came instead."""
    missing = sorted(set(servers) - set(served))
    if not missing:
        return None
    seen = ", ".join(f"{name} {count}x" for name, count in sorted(served.items())) or "nobody"
    instead = "; ".join(f"{what} ({count}x)" for what, count in failures.most_common())
    return f"{url} was asked {requests} times and never answered by {', '.join(missing)}. Served by: {seen}." + (f" Instead: {instead}." if instead else "")


def main():
    module = AnsibleModule(
        argument_spec=dict(
            url=dict(type="str", required=True),
            servers=dict(type="list", elements="str", required=True),
            header=dict(type="str", default="X-Served-By"),
            timeout=dict(type="int", default=60),
            pause=dict(type="float", default=1.0),
        ),
        supports_check_mode=True,
    )
    params = module.params
    served, failures, requests = probe(params["url"], params["servers"], params["header"], params["timeout"], params["pause"])
    result = dict(changed=False, served=dict(served), failures=dict(failures), requests=requests)
    problem = verdict(params["url"], params["servers"], served, failures, requests)
    if problem:
        module.fail_json(msg=problem, **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
