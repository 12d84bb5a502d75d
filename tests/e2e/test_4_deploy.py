"""Releases come and go under constant load without a failed request, and a broken one does not come at all."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.lab import PROJECT, Lab
from tests.e2e.load import under_load

WORDS = "The second release of it"
COLOUR = "#0b5fa5"
#: Without a second puma, as on servers that have no memory for one: each leaves the load balancer while it restarts.
HOOKS = (
    "pre-build",
    "post-build",
    "pre-migrate",
    "post-migrate",
    "pre-deploy",
    "pre-switch",
    "post-switch",
    "post-deploy",
)
DRAINED = ("-e", "railyard_deploy_beside=false")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample application, to change."""
    copy = tmp_path_factory.mktemp("source") / "sample-app"
    shutil.copytree(PROJECT / "examples" / "sample-app", copy)
    hooks = copy / ".railyard" / "hooks"
    hooks.mkdir(parents=True)
    for name in HOOKS:
        (hooks / name).write_text('#!/bin/sh\necho "$RAILYARD_HOOK $RAILYARD_COMMAND" >> log/hooks.log\n')
        (hooks / name).chmod(0o755)
    return copy


@pytest.fixture
def short_drains(stack: Lab) -> Iterator[None]:
    """Servers have a second to finish their requests, as a test has none that take longer."""
    balancer, group = stack.account().client("elbv2"), stack.account().target_group()["TargetGroupArn"]
    name = "deregistration_delay.timeout_seconds"
    attributes = balancer.describe_target_group_attributes(TargetGroupArn=group)["Attributes"]
    usual = [one for one in attributes if one["Key"] == name]
    balancer.modify_target_group_attributes(TargetGroupArn=group, Attributes=[{"Key": name, "Value": "1"}])
    yield
    balancer.modify_target_group_attributes(TargetGroupArn=group, Attributes=usual)


def release(stack: Lab) -> set[str]:
    """Where the link of every web server leads."""
    return {stack.on(host, "readlink /var/www/aws-intro-sample").split()[-1] for host in ("web01", "web02")}


def hooks(stack: Lab) -> list[list[str]]:
    """Lines that the release's hooks have left on each server."""
    read = "sudo cat /var/www/aws-intro-sample/log/hooks.log"
    said = [stack.on(host, read) for host in ("web01", "web02")]
    return [[line for line in text.splitlines() if line.startswith(HOOKS)] for text in said]


def stylesheet(stack: Lab) -> str:
    """Path of the stylesheet that the page asks for."""
    found = re.search(r'href="(/assets/application-[^"]+[.]css)"', stack.page()[0])
    assert found, stack.page()[0]
    return found[1]


def everywhere(stack: Lab, path: str) -> str:
    """What both servers answer for a path, which has to be the same."""
    answers: dict[str, str] = {}
    for _request in range(20):
        body, server = stack.page(path=path)
        answers[server] = body
    assert sorted(answers) == ["web01", "web02"] and len(set(answers.values())) == 1
    return answers["web01"]


def test_deployment(stack: Lab, source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = release(stack)
    page = source / "app" / "views" / "home" / "index.html.erb"
    page.write_text(page.read_text().replace('<%= t("home.title") %>', WORDS))
    sheet = source / "app" / "assets" / "stylesheets" / "application.css"
    sheet.write_text(sheet.read_text() + f"\nbody {{ outline-color: {COLOUR}; }}\n")
    of_the_first = stylesheet(stack)
    mine = {"RAILYARD_APP_SOURCE": str(source)}
    under_load(stack, capsys, "deploy", lambda: stack.make("deploy", environment=mine))
    assert len(release(stack)) == 1 and release(stack) != before
    assert WORDS in stack.page()[0]
    assert COLOUR in everywhere(stack, stylesheet(stack))
    assert COLOUR not in everywhere(stack, of_the_first), "a page of the first release is still open somewhere"
    first, second = hooks(stack)
    assert first == [f"{name} deploy" for name in HOOKS], "the first server builds, migrates and ends it"
    assert second == ["pre-switch deploy", "post-switch deploy"]


def test_broken_release_is_refused_and_the_last_one_stays(
    stack: Lab, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = release(stack)
    # It builds, starts, and cannot answer: only a server that has it can find out.
    health = source / "app" / "controllers" / "health_controller.rb"
    health.write_text(health.read_text().replace("def up", 'def up\n    raise "broken on purpose"', 1))
    old = source / "config" / "initializers" / "old.rb"
    old.write_text('OLD_DATABASE = "shop.abc123.ap-northeast-1.rds.amazonaws.com"\n')
    mine = {"RAILYARD_APP_SOURCE": str(source)}
    run = under_load(
        *(stack, capsys, "deploy-broken"),
        lambda: stack.playbook("deploy-broken", "playbooks/deploy.yml", environment=mine, fails=True),
    )
    said = " ".join(run.text.split())
    assert "an address of some other stack" in said and "config/initializers/old.rb:1" in said, said
    assert "Every server runs the release it ran before" in said, said
    assert release(stack) == before
    assert WORDS in stack.page()[0]


@pytest.mark.usefixtures("short_drains")
def test_changed_environment_restarts_server_by_server(stack: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    asked = "systemctl show puma.service --property ActiveEnterTimestampMonotonic,MainPID"
    before = [stack.on(host, asked) for host in ("web01", "web02")]
    given = '{"app_environment": {"GREETING": "hello", "WEB_CONCURRENCY": 1}}'
    under_load(
        *(stack, capsys, "environment"),
        lambda: stack.playbook("environment", "playbooks/app.yml", "-e", given, *DRAINED),
    )
    after = [stack.on(host, asked) for host in ("web01", "web02")]
    assert all(one != other for one, other in zip(before, after, strict=True)), "both have it"
    environment = "/proc/$(systemctl show --property MainPID --value puma.service)/environ"
    assert "GREETING=hello" in stack.on("web02", f"sudo -u deploy cat {environment} | tr '\\0' '\\n'")


def test_rollback(stack: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    of_the_second = stylesheet(stack)
    under_load(stack, capsys, "rollback", lambda: stack.make("rollback"))
    assert WORDS not in stack.page()[0]
    assert COLOUR not in everywhere(stack, stylesheet(stack)), "the first release shows its own stylesheet"
    assert COLOUR in everywhere(stack, of_the_second)
    assert stack.playbook("after-rollback", "site.yml", "--tags", "app").changed == 0
