"""sslyze: whether the site's TLS is what Mozilla recommends for everybody (``intermediate``)."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator

from tools.audit.place import Place
from tools.audit.verdict import Finding, Verdict
from tools.verbs.trouble import Trouble

LEVEL = "intermediate"
_REASON = re.compile(r"^\s+\* (\w+): (.+)$", re.MULTILINE)


def findings(said: str) -> tuple[Finding, ...]:
    """Findings in the part of the tool's words that compares with Mozilla's. Raises ValueError when there is none."""
    _before, heading, compared = said.partition("COMPLIANCE AGAINST")
    if not heading or ("OK - Compliant" not in compared and "FAILED - Not compliant" not in compared):
        raise ValueError(said)
    return tuple(Finding(name, words) for name, words in _REASON.findall(compared))


def judge(place: Place) -> Iterator[Verdict]:
    """The load balancer, by the site's name. Without a domain the site has no TLS, and nothing is judged."""
    import boto3

    said = place.stack.ask(
        "{'name': railyard_alb_name, 'region': railyard_region, 'host': railyard_site_host, 'ca': railyard_ca_file}"
    )
    client = boto3.session.Session(region_name=said["region"]).client("elbv2")
    (balancer,) = client.describe_load_balancers(Names=[said["name"]])["LoadBalancers"]
    listeners = client.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    for listener in (one for one in listeners if one["Protocol"] == "HTTPS"):
        port, address = listener["Port"], socket.gethostbyname(balancer["DNSName"])
        words = ["--mozilla_config", LEVEL, "--certinfo"]
        # The sandbox's own authority.
        words += ["--certinfo_ca_file", os.path.abspath(said["ca"])] if said["ca"] else []
        done = place.tool("sslyze", *words, "--sni", said["host"], f"{said['host']}:{port}{{{address}}}")
        try:
            found = findings(done.stdout)
        except ValueError:
            raise Trouble(f"sslyze did not judge {said['host']}: {(done.stdout + done.stderr)[-1500:]}") from None
        yield Verdict("sslyze", f"{said['host']}:{port}", f"Mozilla's {LEVEL}, {listener['SslPolicy']}", found)
