"""What the way through the jump host costs a run on the web servers."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tests.e2e import machine
from tests.e2e.lab import Lab
from tools.bench.lab import lab

#: The roles that ask nothing of AWS: straight to the servers means from inside the VPC, where the API does not answer.
TAGS = ("--tags", "common,nginx")
#: Runs of each kind, taken in turn, of which the quickest counts.
RUNS = 3


def inventory(bench: Lab) -> Path:
    """The dynamic inventory as a file: what is measured is the way to the servers."""
    listed = bench.command("ansible-inventory", "--list")
    assert listed.returncode == 0, listed.stdout
    file = bench.root / "servers.json"
    text = json.loads(listed.stdout[listed.stdout.index("{") :])
    hosts = text["_meta"]["hostvars"]
    groups = {name: {"hosts": {host: hosts[host] for host in text[name]["hosts"]}} for name in ("jump", "web")}
    groups["private"] = {"children": {"web": {}}}
    file.write_text(json.dumps(groups))
    return file


def seconds(bench: Lab, number: int, hosts: Path, *before: str, arguments: tuple[str, ...] = ()) -> float:
    """One run with connections of its own: none of an earlier run is used again."""
    home = bench.root / f"h{number}"
    home.mkdir()
    done = bench.playbook(
        f"bench-hop-{number}",
        "playbooks/servers.yml",
        *("--limit", "web,localhost", "-i", str(hosts), "-i", "inventory/localhost.yml", *TAGS, *arguments),
        before=before,
        environment={"HOME": str(home), "ANSIBLE_SSH_CONTROL_PATH_DIR": str(home / "cp")},
    )
    assert done.changed == 0, done.changed_tasks()
    return done.seconds


def measure(options: argparse.Namespace) -> dict[str, float]:
    """A converged run through the jump host and straight, from where the jump host is."""
    with lab() as bench:
        bench.up()
        bench.playbook("bench-hop-first", "site.yml")
        hosts = inventory(bench)
        there = ("ip", "netns", "exec", jump_host(bench))
        straight_arguments = ("-e", json.dumps({"ansible_ssh_common_args": straight_options(bench)}))
        hop, straight = [], []
        for number in range(RUNS):
            hop.append(seconds(bench, 2 * number, hosts))
            straight.append(seconds(bench, 2 * number + 1, hosts, *there, arguments=straight_arguments))
    return {
        "hop_seconds": round(min(hop), 1),
        "straight_seconds": round(min(straight), 1),
        "hop_ratio": round(min(hop) / min(straight), 2),
    }


def jump_host(bench: Lab) -> str:
    """Network namespace of the jump host, from which the security groups let ssh through."""
    return machine.settings(bench).netns(bench.account().servers()["jump01"]["InstanceId"])


def straight_options(bench: Lab) -> str:
    """As group_vars/private/connection.yml has them, without the way through the jump host."""
    known = Path(bench.environment["RAILYARD_STATE_DIR"]) / "railyard-ap-northeast-1.known_hosts"
    return (
        f"-o UserKnownHostsFile={known} -o StrictHostKeyChecking=yes -o HostKeyAlias={{{{ aws_instance_id }}}} "
        "-o IdentitiesOnly=yes"
    )
