"""What people do by hand: log in with plain ssh, kill what should not be killed, and take the stack elsewhere."""

from __future__ import annotations

import json
import os
import signal
import stat
from collections import Counter

import yaml
from cfnlint import api

from tests.e2e import machine
from tests.e2e.lab import Lab, until


def test_plain_ssh_finds_the_web_servers(stack: Lab) -> None:
    ssh_directory = stack.home / ".ssh"
    run = stack.playbook("ssh-config", "playbooks/ssh_config.yml")
    assert run.changed > 0, str(run)
    (config,) = [path for path in ssh_directory.rglob("*") if path.is_file() and "Host web01" in path.read_text()]
    assert config.name != "config", "in a file of its own, which the person's config includes"
    again = stack.playbook("ssh-config-again", "playbooks/ssh_config.yml")
    assert again.changed == 0, str(again)
    # ssh takes the home from the password database, not from HOME: name the file.
    answer = stack.command("ssh", "-F", str(config), "-o", "BatchMode=yes", "web01", "hostname -I")
    assert stack.account().servers()["web01"]["PrivateIpAddress"] in answer.stdout.split(), answer.stdout


def test_killed_sandbox_adopts_what_runs(stack: Lab) -> None:
    before = machine.containers(stack)
    servers = {name: server["InstanceId"] for name, server in stack.account().servers().items()}
    os.kill(stack.daemon_pid(), signal.SIGKILL)
    stack.up()
    assert machine.containers(stack) == before
    assert {name: server["InstanceId"] for name, server in stack.account().servers().items()} == servers
    until("both serve again", lambda: {stack.page()[1] for _request in range(4)} == {"web01", "web02"}, 60)
    assert "web01" in stack.on("web01", "hostname")


def test_what_stands_there_goes_into_a_template_that_cloudformation_takes(stack: Lab) -> None:
    path = stack.root / "export" / "railyard.yml"
    run = stack.make("export", str(path))
    text = path.read_text("utf-8")
    # For what is offered where: a zone, and so its region, is a parameter of the template.
    regions = ["ap-northeast-1", "us-east-1", "eu-central-1"]
    found = [f"{match.rule.id} {match.message} at {match.path}" for match in api.lint(text, regions=regions)]
    assert found == [], "\n".join([*found, str(run)])
    resources = yaml.safe_load(text)["Resources"]
    types = Counter(one["Type"] for one in resources.values())
    assert types["AWS::EC2::Instance"] == len(stack.account().servers()) and types["AWS::RDS::DBInstance"] == 1, types
    assert types["AWS::ElastiCache::ReplicationGroup"] == 1 and types["AWS::CloudWatch::Alarm"] > 10, types
    assert {one["DeletionPolicy"] for one in resources.values()} == {"Retain"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    to_import = json.loads(path.with_suffix(".import.json").read_text("utf-8"))
    assert {one["LogicalResourceId"] for one in to_import} < set(resources)
