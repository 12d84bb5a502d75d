"""A second machine: what one person's run recorded is what another's checkout goes by, by the playbooks themselves."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto.server import ThreadedMotoServer

PROJECT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
KIM, LEE = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKimKimKim kim@laptop",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILeeLeeLee lee@desk",
)
PEOPLE = [{"name": "kim", "ssh_keys": [KIM]}, {"name": "lee", "ssh_keys": [LEE]}]
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINcpKCd0NyBSTq4Qxk8lyDuSHKdGuFfDXgOa3bHB9d0w"


@pytest.fixture(scope="module")
def account() -> Iterator[dict[str, str]]:
    """An account with a jump host, and nothing recorded."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _host, port = server.get_host_and_port()
    given = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "testing0testing0",
        "AWS_SECRET_ACCESS_KEY": "testing0testing0testing0",
        "AWS_REGION": "ap-northeast-1",
    }
    yield given
    server.stop()


def client(account: dict[str, str], service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=account["AWS_ENDPOINT_URL"],
        region_name=account["AWS_REGION"],
        aws_access_key_id=account["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=account["AWS_SECRET_ACCESS_KEY"],
    )


@pytest.fixture(scope="module")
def jump(account: dict[str, str]) -> str:
    """The instance of a jump host."""
    ec2 = client(account, "ec2")
    tags = {
        "Stack": "railyard",
        "Role": "jump",
        "Hostname": "jump01",
        "Name": "railyard-jump01",
        "ManagedBy": "railyard.aws",
    }
    made = ec2.run_instances(
        ImageId=ec2.describe_images()["Images"][0]["ImageId"],
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
        ],
    )
    return made["Instances"][0]["InstanceId"]


class Machine:
    """A checkout of somebody's own, and their home."""

    def __init__(self, folder: Path, account: dict[str, str]) -> None:
        self.checkout, self.home, self._account = folder / "checkout", folder / "home", account
        self.checkout.mkdir(parents=True)
        (self.home / ".ssh").mkdir(parents=True)
        for path in PROJECT.iterdir():
            if path.name not in ("ansible.cfg", "environments", ".cache", "build"):
                (self.checkout / path.name).symlink_to(path)
        # It says where the files of environments are.
        shutil.copy(PROJECT / "ansible.cfg", self.checkout)
        (self.checkout / "environments").mkdir()

    def key(self, line: str) -> None:
        (self.home / ".ssh/id_ed25519").write_text("private\n", "utf-8")
        (self.home / ".ssh/id_ed25519.pub").write_text(f"{line}\n", "utf-8")

    @property
    def known_hosts(self) -> Path:
        return self.home / ".config/railyard/railyard-ap-northeast-1.known_hosts"

    @property
    def joined(self) -> dict[str, Any]:
        (path,) = (self.checkout / "environments/joined").iterdir()
        assert path.stat().st_mode & 0o777 == 0o600

        class Loader(yaml.SafeLoader):
            pass

        Loader.add_constructor("!unsafe", lambda _loader, node: str(node.value))
        return yaml.load(path.read_text("utf-8"), Loader)

    def run(self, *command: str, **more: str) -> tuple[int, str]:
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:]],
            cwd=self.checkout,
            env={
                "ANSIBLE_CONFIG": str(self.checkout / "ansible.cfg"),
                "ANSIBLE_NOCOLOR": "1",
                "COLUMNS": "10000",
                "PATH": f"{BIN}:/usr/bin:/bin",
                "HOME": str(self.home),
                "USER": self.home.parent.name,
                "RAILYARD_PRELOAD": "false",
                "RAILYARD_CHECKIP_URL": self._account["AWS_ENDPOINT_URL"],
                **self._account,
                **more,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, " ".join(done.stdout.split())

    def said(self, expressions: str, **more: str) -> Any:
        """Values as a task of this checkout has them."""
        local = (
            "ansible",
            "localhost",
            "-i",
            "inventory/localhost.yml",
            "--playbook-dir",
            "playbooks",
            "-m",
            "ansible.builtin.debug",
        )
        code, text = self.run(
            *local, "-a", f"msg={{{{ [{expressions}] | to_json }}}}", ANSIBLE_CALLBACK_RESULT_FORMAT="json", **more
        )
        assert code == 0, text
        return json.loads(json.loads(text.partition("=> ")[2])["msg"])

    def play(self, playbook: str, name: str, *arguments: str, **more: str) -> str:
        """What a play of a playbook says, without those before it."""
        plays = yaml.safe_load((PROJECT / "playbooks" / playbook).read_text("utf-8"))
        file = self.home / "play.yml"
        file.write_text(yaml.safe_dump([play for play in plays if play["name"] == name]), "utf-8")
        code, text = self.run("ansible-playbook", str(file), *arguments, **more)
        assert code == 0, text
        return text

    def record(self, *arguments: str, **more: str) -> str:
        return self.play("site.yml", "Record the settings that it was built with", *arguments, **more)

    def compare(self, *arguments: str, **more: str) -> str:
        return self.play("validate.yml", "Compare with the settings that the stack was built with", *arguments, **more)


@pytest.fixture(scope="module")
def kim(account: dict[str, str], jump: str, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Whose run has built the stack."""
    machine = Machine(tmp_path_factory.mktemp("first") / "kim", account)
    machine.known_hosts.parent.mkdir(parents=True)
    machine.known_hosts.write_text(f"{jump} {HOST_KEY}\n", "utf-8")
    return machine


GIVEN = (
    *("-e", "railyard_web_count=3", "-e", json.dumps({"railyard_people": PEOPLE}), "-e", "vpc_nat_gateway_mode=single"),
    *(
        "-e",
        '{"app_environment": {"COLOUR": "green", "STRIPE_SECRET": "sesame-open-now"}}',
        "-e",
        "railyard_app_source=/home/kim/shop",
    ),
)


@pytest.fixture(scope="module")
def recorded(kim: Machine, account: dict[str, str], jump: str) -> dict[str, Any]:
    """What kim's run recorded. Then the servers are gone: nobody is asked for ssh at an emulator's addresses."""
    assert "Nothing is recorded" not in kim.compare(*GIVEN)
    assert "changed=1" in kim.record(*GIVEN, "--check")
    assert client(account, "ssm").get_parameters_by_path(Path="/railyard.settings/railyard")["Parameters"] == []
    text = kim.record(*GIVEN, RAILYARD_DOMAIN="shop.example")
    assert "changed=1" in text and "sesame" not in text
    assert "changed=0" in kim.record(*GIVEN, RAILYARD_DOMAIN="shop.example")
    client(account, "ec2").terminate_instances(InstanceIds=[jump])
    found = client(account, "ssm").get_parameters_by_path(Path="/railyard.settings/railyard")["Parameters"]
    return json.loads("".join(one["Value"] for one in found))


def test_what_a_run_was_given_is_recorded_and_its_secrets_are_not(recorded: dict[str, Any], jump: str) -> None:
    settings = recorded["settings"]
    assert (settings["railyard_web_count"], settings["railyard_people"], settings["railyard_domain"]) == (
        "3",
        PEOPLE,
        "shop.example",
    )
    assert settings["app_environment"] == {"COLOUR": "green"}
    assert (recorded["secret"], recorded["own"]) == (["app_environment.STRIPE_SECRET"], ["railyard_app_source"])
    assert recorded["host_keys"] == {jump: [HOST_KEY]}
    assert recorded["by"].startswith("kim@")
    assert "sesame" not in json.dumps(recorded)


def test_a_second_machine_takes_over_all_of_it(
    recorded: dict[str, Any], account: dict[str, str], jump: str, tmp_path: Path
) -> None:
    lee = Machine(tmp_path / "lee", account)
    lee.key(LEE)
    text = lee.compare()
    for words in (
        "The settings here are not those with which kim@",
        'railyard_web_count: recorded "3", here 2',
        "app_environment.STRIPE_SECRET: recorded as a secret, here it has no value",
        "`make join` takes over those recorded",
    ):
        assert words in text
    # All that is left to do is to look at the way in, which is not there.
    code, text = lee.run("ansible-playbook", "playbooks/join.yml")
    assert (
        code != 0
        and "Jump host is broken: there is none" in text
        and "STRIPE_SECRET" in text
        and "railyard_app_source" in text
    ), text
    joined = lee.joined
    assert joined["joined_from"]["account"] == "123456789012"
    taken = {name: value for name, value in joined.items() if not name.startswith(("joined_", "railyard_ssh_"))}
    assert taken == {
        "railyard_web_count": "3",
        "railyard_people": PEOPLE,
        "railyard_domain": "shop.example",
        "vpc_nat_gateway_mode": "single",
        "app_environment": {"COLOUR": "green"},
    }
    assert lee.known_hosts.read_text("utf-8") == f"{jump} {HOST_KEY}\n"
    # The next commands go by it, without a word.
    text = lee.compare("-e", '{"app_environment": {"COLOUR": "green", "STRIPE_SECRET": "x"}}')
    assert "WARNING" not in text, text
    assert lee.said("railyard_ssh_user, railyard_ssh_key_file, railyard_domain") == [
        "lee",
        f"{lee.home}/.ssh/id_ed25519",
        "shop.example",
    ]
    assert lee.said("railyard_ssh_user, railyard_domain", RAILYARD_SSH_USER="ec2-user") == ["ec2-user", "shop.example"]
    # Another stack of this checkout has nothing to do with it.
    assert lee.said("railyard_web_count, railyard_people", RAILYARD_STACK="shop") == [2, []]
    # To join again changes nothing.
    code, text = lee.run("ansible-playbook", "playbooks/join.yml")
    assert "changed=0" in text and lee.joined == joined


def test_who_is_not_on_the_list_is_told_the_line_and_the_command(
    recorded: dict[str, Any], account: dict[str, str], tmp_path: Path
) -> None:
    park = Machine(tmp_path / "park", account)
    park.key("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIParkPark park@desk")
    code, text = park.run("ansible-playbook", "playbooks/join.yml")
    assert code != 0
    for words in (
        "(kim, lee)",
        '"name": "park"',
        "AAAAIParkPark park@desk",
        "railyard_people",
        "`make site`",
        "`make join` again",
    ):
        assert words in text, text
    assert park.joined["railyard_domain"] == "shop.example"
    assert "railyard_ssh_user" not in park.joined


def test_who_has_no_key_is_told_how_to_make_one(
    recorded: dict[str, Any], account: dict[str, str], tmp_path: Path
) -> None:
    code, text = Machine(tmp_path / "park", account).run("ansible-playbook", "playbooks/join.yml")
    assert code != 0 and "`ssh-keygen -t ed25519`" in text


def test_a_server_that_shows_another_host_key_than_others_saw_ends_it(
    recorded: dict[str, Any], account: dict[str, str], jump: str, tmp_path: Path
) -> None:
    lee = Machine(tmp_path / "lee", account)
    lee.key(LEE)
    lee.known_hosts.parent.mkdir(parents=True)
    lee.known_hosts.write_text(f"{jump} {HOST_KEY.replace('Ncp', 'Xxx')}\n", "utf-8")
    code, text = lee.run("ansible-playbook", "playbooks/join.yml")
    assert code != 0 and f"another host key of {jump}" in text and f"-R {jump}" in text, text
    assert not (lee.checkout / "environments/joined").exists()


def test_credentials_of_another_account_do_not_go_by_what_was_joined(
    recorded: dict[str, Any], account: dict[str, str], tmp_path: Path
) -> None:
    lee = Machine(tmp_path / "lee", account)
    lee.key(LEE)
    lee.run("ansible-playbook", "playbooks/join.yml")
    (path,) = (lee.checkout / "environments/joined").iterdir()
    path.write_text(path.read_text("utf-8").replace("123456789012", "210987654321"), "utf-8")
    with pytest.raises(AssertionError, match="of the account 210987654321, and these credentials are of 123456789012"):
        lee.compare()


def test_a_stack_of_which_nothing_is_recorded_is_told_with_the_mend(account: dict[str, str], tmp_path: Path) -> None:
    code, text = Machine(tmp_path / "lee", account).run(
        "ansible-playbook", "playbooks/join.yml", RAILYARD_STACK="nowhere"
    )
    assert code != 0 and "Nothing is recorded of a stack 'nowhere' in ap-northeast-1" in text
