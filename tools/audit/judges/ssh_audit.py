"""ssh-audit's hardened policy for the server's distribution, on the jump host and on web servers.

The policies want the very algorithms that they list. Fewer of them is stricter, and so is one host key, which is the
one that clients are told to expect: a policy is taken with ssh-audit's own words for that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tools.audit.place import Place
from tools.audit.verdict import Finding, Verdict
from tools.verbs.stack import Server
from tools.verbs.trouble import Trouble

#: Printed by the tool's own Python: the built-in policies, of which the command tells the names only.
_POLICIES = "import json; from ssh_audit.builtin_policies import BUILTIN_POLICIES as all; print(json.dumps(all))"
#: Beginning of a policy's name by ID of /etc/os-release; the version follows.
_NAMES = {"debian": "Hardened Debian", "amzn": "Hardened Amazon Linux", "ubuntu": "Hardened Ubuntu Server"}
_LISTS = {
    "host_keys": "host keys",
    "optional_host_keys": "optional host keys",
    "kex": "key exchanges",
    "ciphers": "ciphers",
    "macs": "macs",
}


def policy_name(identity: str, names: list[str]) -> str:
    """The newest policy for ``ID VERSION_ID`` of /etc/os-release. Raises Trouble when there is none."""
    distribution, _space, version = identity.strip().partition(" ")
    begin = f"{_NAMES.get(distribution, distribution)} {version} "
    found = sorted(
        (int(name.partition("(version ")[2].rstrip(")")), name)
        for name in names
        if name.replace(" LTS", "").startswith(begin)
    )
    if not found:
        raise Trouble(f"ssh-audit has no hardened policy for '{identity.strip()}'; it has {', '.join(sorted(names))}.")
    return found[-1][1]


def policy_text(name: str, policy: dict[str, object]) -> str:
    """A policy as ssh-audit reads it from a file, that is also passed by less than it allows."""
    lists = [f"{title} = {', '.join(policy[key])}" for key, title in _LISTS.items() if policy.get(key)]  # type: ignore[arg-type]
    sizes = {"host_key_sizes": policy["hostkey_sizes"], "dh_modulus_sizes": policy["dh_modulus_sizes"]}
    return "\n".join(
        [
            f'name = "{name}"',
            f"version = {policy['version']}",
            "allow_algorithm_subset_and_reordering = true",
            "allow_hostkey_subset_and_reordering = true",
            *lists,
            *(f"{key} = {json.dumps(value)}" for key, value in sizes.items() if value),
            "",
        ]
    )


def findings(said: str) -> tuple[Finding, ...]:
    """Findings in the tool's JSON of one server."""
    return tuple(
        Finding(
            str(error["mismatched_field"]),
            f"has {', '.join(error['actual'])}, may have {', '.join(error['expected_required'])}",
        )
        for error in json.loads(said)["errors"]
    )


def judge(place: Place) -> Iterator[Verdict]:
    """The jump host, and each web server at the way through it."""
    policies = json.loads(place.tool("python", "-c", _POLICIES).stdout)
    servers = [name for name, policy in policies.items() if policy["server_policy"]]
    for server in (place.jump, *place.web):
        name = policy_name(place.ask(server, '. /etc/os-release; echo "$ID $VERSION_ID"'), servers)
        file = place.work / f"{server.name}.policy"
        file.write_text(policy_text(name, policies[name]), "utf-8")
        yield _of(place, server, name, str(file))


def _of(place: Place, server: Server, name: str, file: str) -> Verdict:
    with place.sshd(server) as (address, port):
        done = place.tool("ssh-audit", "--json", "--policy", file, "--port", str(port), address)
    try:
        found = findings(done.stdout)
    except ValueError:
        raise Trouble(f"ssh-audit did not judge {server.name}: {(done.stderr or done.stdout)[-1000:]}") from None
    return Verdict("ssh-audit", server.name, name.removeprefix("Hardened "), found)
