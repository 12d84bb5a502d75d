"""What each verb does around a playbook, which a script stands in for here: its plan, its status, what it was given."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from tools.ci import __main__ as ci
from tools.ci import address, key, login, playbook

PROJECT = Path(__file__).resolve().parents[3]
RECORDED = json.loads(Path(__file__).with_name("plan.json").read_text("utf-8"))
ROLE = "arn:aws:iam::123456789012:role/railyard/railyard/ap-northeast-1/railyard-ap-northeast-1-ci-plan"
PEOPLE = '[{"name": "ci", "ssh_keys": [], "sudo": "all"}]'
SESSION = {
    "AWS_ACCESS_KEY_ID": "ASIAOFTHESESSION0000",
    "AWS_SECRET_ACCESS_KEY": "of-the-session",
    "AWS_SESSION_TOKEN": "s",
}
#: What a machine that runs tests may have of a stack of its own.
OF_THE_MACHINE = (
    *("RAILYARD_STACK", "RAILYARD_ENVIRONMENT", "RAILYARD_CI_VARIABLES", "RAILYARD_CI_USER", "RAILYARD_CI_REVISION"),
    *("AWS_ENDPOINT_URL", "AWS_PROFILE"),
)


def settings_elsewhere(expressions, environ=os.environ):
    """``playbook.settings`` in a process of its own: Ansible's loader of plugins would stay, in the others' way."""
    playbook.variables(environ)
    asks = "import json, sys; from tools.ci import playbook; print(json.dumps(playbook.settings(json.load(sys.stdin))))"
    done = subprocess.run(
        [sys.executable, "-c", asks],
        cwd=PROJECT,
        env=dict(environ),
        input=json.dumps(expressions),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def ran(monkeypatch, tmp_path, hub):
    """Runs of playbooks: words, environment and variables of each.

    ``ran.plan`` is what one finds, ``ran.status`` how it ends.
    """

    class Ran(list):
        plan: list = []
        status = 0

    found = Ran()

    def run(words, environment, extra=None):
        found.append((words, dict(environment), extra, Path(environment["RAILYARD_STATE_DIR"])))
        if "RAILYARD_PLAN_FILE" in environment and not found.status:
            Path(environment["RAILYARD_PLAN_FILE"]).write_text(json.dumps(found.plan))
        return found.status

    monkeypatch.setattr(playbook, "run", run)
    monkeypatch.setattr(playbook, "settings", settings_elsewhere)
    monkeypatch.setattr(login, "_session", lambda role, token, environ: SESSION)
    file = tmp_path / "token"
    file.write_text("x.y.z")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(file))
    monkeypatch.setenv("RAILYARD_CI_ROLE", ROLE)
    monkeypatch.setenv("AWS_REGION", "ap-northeast-1")
    for name in OF_THE_MACHINE:
        monkeypatch.delenv(name, raising=False)
    return found


def on_pull_request(monkeypatch, tmp_path, number: int) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": number}}))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))


def test_a_plan_is_a_comment_of_its_pull_request_and_changes_nothing(ran, hub, monkeypatch, tmp_path):
    on_pull_request(monkeypatch, tmp_path, 7)
    ran.plan = RECORDED
    assert ci.main(["plan"]) == 0
    ((words, environment, extra, folder),) = ran
    assert words == ["playbooks/plan.yml", "--check", "--diff", "--limit", "localhost:cloud"] and extra is None
    assert SESSION.items() <= environment.items() and "GITHUB_TOKEN" not in environment
    assert not folder.exists(), "nothing is left on the runner"
    (comment,) = hub.comments.values()
    assert comment["of"] == 7 and "+$1,035.24 a month" in comment["body"] and "of-the-session" not in comment["body"]


def test_a_plan_that_fails_is_said_and_fails_the_run(ran, hub, monkeypatch, tmp_path):
    on_pull_request(monkeypatch, tmp_path, 7)
    ran.status = 2
    assert ci.main(["plan"]) == 2
    assert [("No plan could be made" in one["body"]) for one in hub.comments.values()] == [True]


def test_a_plan_for_no_pull_request_is_shown_on_the_page_of_the_run(ran, hub, monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page.md"))
    assert ci.main(["plan"]) == 0
    assert hub.asked == [] and "Nothing would change." in (tmp_path / "page.md").read_text()


def test_what_drifted_is_an_issue_until_it_is_mended(ran, hub):
    ran.plan = RECORDED[1:2]
    assert ci.main(["drift"]) == 0
    assert hub.issues[1]["title"] == "railyard in ap-northeast-1 is not as it is described"
    assert "`railyard-jump`" in hub.issues[1]["body"] and hub.issues[1]["labels"] == ["railyard-drift"]
    ran.status = 1
    assert ci.main(["drift"]) == 1 and hub.issues[1]["state"] == "open", "nobody knows whether it is mended"
    ran.status, ran.plan = 0, []
    assert ci.main(["drift"]) == 0 and hub.issues[1]["state"] == "closed"


@pytest.fixture
def account(ran, monkeypatch, tmp_path):
    """A stack's group and CI's key, and settings that have CI among the people."""
    settings = tmp_path / "settings.yml"
    settings.write_text(f"railyard_people: {PEOPLE}\n")
    checkip = tmp_path / "ip"
    checkip.write_text("198.51.100.7")
    monkeypatch.setenv("RAILYARD_CI_VARIABLES", f"{settings}\n")
    monkeypatch.setenv("RAILYARD_CHECKIP_URL", checkip.as_uri())
    monkeypatch.setenv("GITHUB_SHA", "3f2a91c07d55")
    monkeypatch.setenv("GITHUB_ACTOR", "octo-cat")
    with mock_aws():
        ec2 = boto3.client("ec2", region_name="ap-northeast-1", **keys())
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        group = ec2.create_security_group(GroupName="railyard-jump", Description="jump", VpcId=vpc)["GroupId"]
        ec2.create_tags(Resources=[group], Tags=[{"Key": "Stack", "Value": "railyard"}])
        ssm = boto3.client("ssm", region_name="ap-northeast-1", **keys())
        ssm.put_parameter(Name="/railyard.ci/railyard/ssh-key", Value="the private half", Type="SecureString")
        yield lambda: ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]


def keys() -> dict[str, str]:
    return {
        "aws_access_key_id": SESSION["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": SESSION["AWS_SECRET_ACCESS_KEY"],
        "aws_session_token": SESSION["AWS_SESSION_TOKEN"],
    }


def test_a_deployment_goes_in_as_ci_from_an_address_let_in_for_it(ran, account, monkeypatch, capfd):
    seen = {}
    run = playbook.run

    def look(words, environment, extra=None):
        file = Path(environment["RAILYARD_SSH_KEY_FILE"])
        seen.update(key=file.read_text(), mode=stat.S_IMODE(file.stat().st_mode), rules=account())
        return run(words, environment, extra)

    monkeypatch.setattr(playbook, "run", look)
    assert ci.main(["deploy"]) == 0
    ((words, environment, extra, folder),) = ran
    assert words == ["playbooks/deploy.yml"]
    assert extra == {"revision": "3f2a91c07d55", "railyard_operator": "octo-cat@github-actions"}
    assert environment["RAILYARD_SSH_USER"] == "ci"
    assert (seen["key"], seen["mode"]) == ("the private half\n", 0o600)
    assert [one["CidrIp"] for rule in seen["rules"] for one in rule["IpRanges"]] == ["198.51.100.7/32"]
    assert account() == [] and not folder.exists()
    said = capfd.readouterr()
    assert "`3f2a91c07d55` is deployed" in said.out and "private half" not in said.out + said.err


@pytest.mark.parametrize("status", [2, 143])
def test_a_deployment_that_fails_leaves_no_rule_and_no_key(ran, account, status, capfd):
    ran.status = status
    assert ci.main(["deploy"]) == status
    assert account() == [] and not ran[0][3].exists()
    assert "was not deployed" in capfd.readouterr().out


def test_an_environment_that_asks_is_answered_by_who_approved(ran, account, monkeypatch):
    monkeypatch.setenv("RAILYARD_ENVIRONMENT", "production")
    assert ci.main(["deploy"]) == 0
    assert ran[0][2]["confirm"] == "production"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"RAILYARD_CI_VARIABLES": ""}, "'ci' is not in railyard_people (nobody is)"),
        ({"RAILYARD_CI_USER": "robot"}, "'robot' is not in railyard_people (ci)"),
        ({"GITHUB_SHA": "main; rm -rf /"}, "is no name of a revision"),
        ({"RAILYARD_CI_VARIABLES": "/nowhere/settings.yml"}, "/nowhere/settings.yml, where there is no file"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_opened(ran, account, monkeypatch, capfd, change, said):
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    assert ci.main(["deploy"]) == 2
    assert said in capfd.readouterr().err and ran == [] and account() == []


def test_without_a_key_it_is_said_how_one_is_made(ran, account, capfd):
    boto3.client("ssm", region_name="ap-northeast-1", **keys()).delete_parameter(Name="/railyard.ci/railyard/ssh-key")
    assert ci.main(["deploy"]) == 1
    assert "python -m tools.ci key" in capfd.readouterr().err and ran == [] and account() == []


def test_a_key_is_kept_in_aws_alone_and_its_public_half_is_shown(ran, account, monkeypatch, capfd, tmp_path):
    for name, value in SESSION.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert ci.main(["key"]) == 0
    said = capfd.readouterr().out
    ssm = boto3.client("ssm", region_name="ap-northeast-1")
    kept = ssm.get_parameter(Name="/railyard.ci/railyard/ssh-key", WithDecryption=True)["Parameter"]
    assert kept["Type"] == "SecureString" and "PRIVATE KEY" in kept["Value"] and "PRIVATE" not in said
    file = tmp_path / "key"
    key.write(SESSION, "/railyard.ci/railyard/ssh-key", "ap-northeast-1", file)
    public = subprocess.run(["ssh-keygen", "-y", "-f", file], capture_output=True, text=True, check=True).stdout
    assert " ".join(public.split()[:2]) in said and "sudo: all" in said


CANCELLED = """
import os, signal, subprocess, sys
from tools.ci import __main__ as ci, playbook

class Cancelled(subprocess.Popen):
    # Ansible runs, and nobody has its name yet.
    def __init__(self, *words, **options):
        super().__init__(*words, **options)
        os.kill(os.getpid(), signal.SIGTERM)

def deploy():
    try:
        return playbook.run([], os.environ)
    finally:
        print("taken back", flush=True)

if "while it starts" in sys.argv:
    subprocess.Popen = Cancelled
ci.VERBS["deploy"] = deploy
sys.exit(ci.main(["deploy"]))
"""
#: In Ansible's place: says that it runs, and what it does when it is told to end. It ends by itself, too.
PLAYBOOK = """#!/bin/sh
trap 'sleep 0.3; echo lock given back; exit 1' TERM
echo running
for turn in $(seq 600); do sleep 0.05; done
"""


@pytest.mark.parametrize(
    ("when", "signals", "status"),
    [
        ("while it starts", [], 143),
        ("while it runs", [signal.SIGTERM], 143),
        # As a runner does that cancels.
        ("while it runs", [signal.SIGINT, signal.SIGTERM, signal.SIGTERM], 130),
    ],
)
def test_a_cancelled_run_ends_ansible_well_and_takes_its_rule_back(tmp_path, when, signals, status):
    """CI signals the process that the workflow started."""
    (tmp_path / "ansible-playbook").write_text(PLAYBOOK)
    (tmp_path / "ansible-playbook").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PATH": path, "RAILYARD_CI_VARIABLES": ""}
    argv = [sys.executable, "-c", CANCELLED, when]
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        if signals:
            assert process.stdout.readline() == "running\n"
        for number in signals:
            process.send_signal(number)
            time.sleep(0.1)
        said = process.stdout.read().removeprefix("running\n")
    assert (process.returncode, said.removeprefix("lock given back\n")) == (status, "taken back\n")
    assert "lock given back" in said or not signals, "one that had not set its trap yet has no lock"


def test_a_rule_that_was_made_is_taken_back_whenever_the_run_ends(account, monkeypatch):
    authorize = address._authorize

    def cancelled(*of_rule):
        authorize(*of_rule)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(address, "_authorize", cancelled)
    with pytest.raises(SystemExit) as ended:
        ci.main(["deploy"])
    assert ended.value.code == 143 and account() == []


@pytest.mark.parametrize("words", [[], ["apply"], ["plan", "now"]])
def test_verbs_that_there_are_are_named(words, capsys):
    assert ci.main(words) == 2
    assert "plan, drift, deploy, key" in capsys.readouterr().err


def test_the_script_of_the_workflow_gives_files_their_whole_names(tmp_path):
    """With a Python in its place that says what it was given."""
    checkout = tmp_path / "railyard"
    (checkout / "tools/ci").mkdir(parents=True)
    (checkout / ".venv/bin").mkdir(parents=True)
    script = checkout / "tools/ci/run"
    script.write_bytes((PROJECT / "tools/ci/run").read_bytes())
    script.chmod(0o755)
    python = checkout / ".venv/bin/python"
    python.write_text(
        "#!/bin/sh\n"
        'echo "$* $PWD ${RAILYARD_STACK-unset} ${RAILYARD_ENVIRONMENT-unset} $ANSIBLE_CONFIG"\n'
        'echo "$RAILYARD_CI_VARIABLES"\n'
    )
    python.chmod(0o755)
    (tmp_path / "application").mkdir()
    environment = {"PATH": os.environ["PATH"], "RAILYARD_STACK": "", "RAILYARD_ENVIRONMENT": "staging"}
    done = subprocess.run(
        [script, "plan", "application", "config/a.yml\n\nb c.yml\n"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        f"-m tools.ci plan {checkout} unset staging {checkout}/ansible.cfg",
        f"{tmp_path}/application/config/a.yml",
        f"{tmp_path}/application/b c.yml",
    ]
