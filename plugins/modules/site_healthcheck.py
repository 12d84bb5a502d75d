#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: site_healthcheck
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
  connect_to:
    description:
      - Host to connect to in place of the one in O(url), whose certificate and name are still asked for. So a site is
        reached whose name nobody knows yet.
    type: str
  ca_path:
    description: File of certificates that the site's is checked against; without it those that this machine trusts.
    type: path
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
- name: Verify that both web servers serve the page
  railyard.aws.site_healthcheck:
    url: http://railyard-123456.ap-northeast-1.elb.amazonaws.com/
    servers: [web01, web02]

- name: Verify that it does so over HTTPS, before the world knows its name
  railyard.aws.site_healthcheck:
    url: https://www.example.com/
    connect_to: railyard-123456.ap-northeast-1.elb.amazonaws.com
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
resolves:
  description: Whether this machine finds the name in O(url).
  returned: always
  type: bool
"""

import http.client
import socket
import ssl
import time
from collections import Counter
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded

#: Seconds one request may take.
REQUEST_TIMEOUT = 10


def opener_for(connect_to, ca_path):
    """Return what opens URLs, connecting to ``connect_to`` if that is given. Raises OSError for a file that cannot be read."""
    context = ssl.create_default_context(cafile=ca_path or None)

    class Plain(http.client.HTTPConnection):
        """Connects where it is told to."""

        def connect(self):
            self.sock = socket.create_connection((connect_to or self.host, self.port), self.timeout)

    class Secure(Plain, http.client.HTTPSConnection):
        """The same, and asks for the certificate of the URL's host."""

        def connect(self):
            Plain.connect(self)
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)

    class PlainHandler(HTTPHandler):
        """Opens http URLs."""

        def http_open(self, req):
            return self.do_open(Plain, req)

    class SecureHandler(HTTPSHandler):
        """Opens https URLs."""

        def https_open(self, req):
            return self.do_open(Secure, req)

    # The site is asked, not a proxy that may keep pages.
    return build_opener(ProxyHandler({}), PlainHandler(), SecureHandler(context=context))


def resolves(url):
    """Return whether this machine finds the host of a URL."""
    try:
        return bool(socket.getaddrinfo(urlsplit(url).hostname, None))
    except OSError:
        return False


def ask(opener, url, header):
    """Send one request.

    :return: name of the server that served the page or None, and None or what went wrong instead.
    """
    request = Request(url, headers={"User-Agent": "railyard-site-healthcheck", "Connection": "close"})
    try:
        with opener.open(request, timeout=REQUEST_TIMEOUT) as answer:
            answer.read()
            if answer.headers.get(header):
                return answer.headers[header], None
            return None, f"HTTP {answer.getcode()} without the header {header}"
    except HTTPError as error:
        return None, f"HTTP {error.code}"
    except URLError as error:
        return None, f"no connection: {error.reason}"
    except (OSError, http.client.HTTPException) as error:
        return None, f"no connection: {error}"


def probe(opener, url, servers, header, timeout, pause):
    """Ask until every server was seen or the time is up.

    :return: a Counter of answers by server, a Counter of failures, the number of requests.
    """
    served, failures, requests = Counter(), Counter(), 0
    end = time.monotonic() + timeout
    while not set(servers) <= set(served):
        name, problem = ask(opener, url, header)
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


@guarded
def main():
    module = AnsibleModule(
        argument_spec=dict(
            url=dict(type="str", required=True),
            servers=dict(type="list", elements="str", required=True),
            header=dict(type="str", default="X-Served-By"),
            connect_to=dict(type="str"),
            ca_path=dict(type="path"),
            timeout=dict(type="int", default=60),
            pause=dict(type="float", default=1.0),
        ),
        supports_check_mode=True,
    )
    params = module.params
    try:
        opener = opener_for(params["connect_to"], params["ca_path"])
    except OSError as error:
        module.fail_json(msg=f"The certificates in ca_path '{params['ca_path']}' cannot be read: {error}")
    served, failures, requests = probe(opener, params["url"], params["servers"], params["header"], params["timeout"], params["pause"])
    result = dict(
        changed=False,
        served=dict(served),
        failures=dict(failures),
        requests=requests,
        resolves=resolves(params["url"]),
    )
    problem = verdict(params["url"], params["servers"], served, failures, requests)
    if problem:
        module.fail_json(msg=problem, **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
