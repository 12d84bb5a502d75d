"""What of a run's settings is recorded, how another run's differ, and what a second machine writes down of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import EncryptedString
from ansible.template import Templar, trust_as_template
from ansible_collections.railyard.aws.plugins.action import stack_settings as action
from ansible_collections.railyard.aws.plugins.action.stack_inputs import roles
from ansible_collections.railyard.aws.plugins.module_utils._recorded import parts
from ansible_collections.railyard.aws.plugins.module_utils._recorded import settings as recorded
from ansible_collections.railyard.aws.plugins.module_utils._recorded.settings import Setting
from ansible_collections.railyard.aws.plugins.module_utils._settings import declared
from ansible_collections.railyard.aws.plugins.modules import stack_settings
from ansible_collections.railyard.aws.plugins.plugin_utils import environments, joining, recording

KIM = {"name": "kim", "ssh_keys": ["ssh-ed25519 AAAAkim kim@laptop"], "addresses": ["203.0.113.7/32"]}
LEE = {"name": "lee", "ssh_keys": ["ssh-ed25519 AAAAlee lee@desk"], "addresses": []}


def stored(**more: Any) -> dict[str, Any]:
    return {"settings": {}, "secret": [], "own": [], "host_keys": {}, **more}


def read(**changed: Any) -> recording.Settings:
    """The settings of a run on this checkout, of which some are given otherwise; texts are expressions."""
    own = recording.checkout()
    variables = {
        **own,
        **{name: trust_as_template(value) if isinstance(value, str) else value for name, value in changed.items()},
    }
    return recording.Settings(Templar(loader=DataLoader(), variables=variables), variables, roles())


def document(**changed: Any) -> dict[str, Any]:
    return recorded.document(read(**changed).all())


@pytest.fixture
def ssm(aws: Any) -> Any:
    return boto3.client("ssm")


def names(ssm: Any) -> list[str]:
    return sorted(one["Name"] for one in ssm.describe_parameters()["Parameters"])


# What is recorded.


def test_what_a_person_gave_is_recorded_and_what_follows_from_it_is_not() -> None:
    found = document(railyard_web_count=3, railyard_vpc_cidr="10.9.0.0/16", vpc_nat_gateway_mode="single")["settings"]
    assert (found["railyard_web_count"], found["railyard_vpc_cidr"], found["vpc_nat_gateway_mode"]) == (
        3,
        "10.9.0.0/16",
        "single",
    )
    assert not {"railyard_subnets", "railyard_alb_name", "vpc_cidr"} & set(found)
    # A name that otherwise follows from the stack's, and was given.
    assert document(railyard_alb_name="mine")["settings"]["railyard_alb_name"] == "mine"


def test_the_defaults_of_the_checkout_are_recorded_as_another_checkout_may_have_others() -> None:
    found = document()["settings"]
    assert (found["railyard_web_count"], found["railyard_people"], found["railyard_profile"]) == (2, [], "safe")


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"railyard_webhook_url": "https://hooks.example/T0/sesame"}, "railyard_webhook_url"),
        ({"app_environment": {"STRIPE_SECRET": "sesame", "COLOUR": "green"}}, "app_environment.STRIPE_SECRET"),
        ({"app_environment": {"COLOUR": "{{ vault_colour }}"}, "vault_colour": "sesame"}, "app_environment.COLOUR"),
        ({"railyard_app_source": "https://kim:sesame@git.example/shop.git"}, "railyard_app_source"),
        ({"railyard_tags": {"Mirror": "https://kim:sesame@mirror.example"}}, "railyard_tags.Mirror"),
        ({"railyard_app_revision": "{{ vault_revision }}", "vault_revision": "sesame"}, "railyard_app_revision"),
    ],
)
def test_a_secret_is_named_and_its_value_is_nowhere(changed: dict[str, Any], name: str) -> None:
    changed = {
        key: {k: trust_as_template(v) for k, v in value.items()} if isinstance(value, dict) else value
        for key, value in changed.items()
    }
    found = document(**changed)
    assert name in found["secret"]
    assert "sesame" not in json.dumps(found)
    if "STRIPE" in name:
        assert found["settings"]["app_environment"] == {"COLOUR": "green"}


def test_what_a_file_has_encrypted_is_a_secret() -> None:
    locked = EncryptedString(ciphertext="$ANSIBLE_VAULT;1.1;AES256\n61")
    assert recording._vaulted(locked) == {""} == recording._vaulted([locked])
    assert recording._vaulted({"KEY": locked, "COLOUR": "green"}) == {"KEY"}
    assert recorded.document([Setting("app_environment", {"KEY": "sesame"}, True, frozenset({"KEY"}))])["secret"] == [
        "app_environment.KEY"
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"railyard_ssh_key_file": "/home/kim/.ssh/id"},
        {"railyard_state_dir": "/home/kim/state"},
        {"railyard_app_source": "/home/kim/shop"},
        {"app_archives": "/home/kim/archives"},
    ],
)
def test_places_on_a_machine_are_named_only(changed: dict[str, Any]) -> None:
    found = document(**changed)
    assert found["own"] == list(changed)
    assert "/home/kim" not in json.dumps(found)


def test_no_command_of_the_way_to_the_servers_is_taken_from_a_record() -> None:
    settings = read()
    ways = [name for name in declared.OTHERS if name.startswith(("railyard_hop", "railyard_login_"))]
    assert len(ways) > 5
    for name in [
        *ways,
        "railyard_state_dir",
        "railyard_ssh_user",
        "railyard_stack",
        "ec2_key_file",
        "ansible_connection",
        "app_by",
    ]:
        assert not settings.is_recordable(name), name
    assert settings.is_recordable("railyard_web_count") and settings.is_recordable("vpc_nat_gateway_mode")


def test_what_is_said_of_the_machine_and_of_the_run_exists() -> None:
    known = read().options
    assert [
        name for name in [*declared._OF_THE_MACHINE, *declared._OF_THE_RUN, *declared.SECRETS] if name not in known
    ] == []


# How it is kept.


def test_a_second_run_records_nothing_and_another_value_is_shown(ssm: Any, run_module: Any) -> None:
    given: dict[str, Any] = {
        "stack": "shop",
        "by": "kim@laptop",
        "tags": {"Stack": "shop"},
        "document": stored(settings={"railyard_web_count": 2}),
    }
    first = run_module(stack_settings, **given)
    assert first["changed"] and first["diff"]["after"]["settings"] == {"railyard_web_count": 2}
    again = run_module(stack_settings, **{**given, "by": "lee@desk"})
    assert (again["changed"], again["recorded"]["by"]) == (False, "kim@laptop")
    given["document"] = stored(settings={"railyard_web_count": 3})
    planned = run_module(stack_settings, check=True, **given)
    assert planned["changed"] and planned["diff"]["before"]["settings"] == {"railyard_web_count": 2}
    assert run_module(stack_settings, stack="shop", state="gathered")["recorded"]["settings"] == {
        "railyard_web_count": 2
    }
    assert run_module(stack_settings, **given)["changed"]
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/railyard.settings/shop/1")["TagList"] == [
        {"Key": "Stack", "Value": "shop"},
        {"Key": "Name", "Value": "/railyard.settings/shop/1"},
    ]


def test_host_keys_of_new_servers_are_kept_up_and_are_no_change(ssm: Any, run_module: Any) -> None:
    given: dict[str, Any] = {
        "stack": "shop",
        "by": "kim@laptop",
        "document": stored(host_keys={"i-1": ["ssh-ed25519 A"]}),
    }
    run_module(stack_settings, **given)
    given["document"] = stored(host_keys={"i-2": ["ssh-ed25519 B"]})
    assert not run_module(stack_settings, check=True, **given)["changed"]
    assert list(run_module(stack_settings, stack="shop", state="gathered")["recorded"]["host_keys"]) == ["i-1"]
    assert not run_module(stack_settings, **given)["changed"]
    assert list(run_module(stack_settings, stack="shop", state="gathered")["recorded"]["host_keys"]) == ["i-2"]


def test_a_long_document_is_in_parts_that_aws_takes_and_shrinks_again(ssm: Any, run_module: Any) -> None:
    people = [{**KIM, "name": f"kim{number}"} for number in range(100)]
    given: dict[str, Any] = {
        "stack": "shop",
        "by": "kim@laptop",
        "document": stored(settings={"railyard_people": people, "greeting": "안녕 {{ x }}"}),
    }
    run_module(stack_settings, **given)
    assert len(names(ssm)) > 2
    for name in names(ssm):
        value = ssm.get_parameter(Name=name)["Parameter"]["Value"]
        assert len(value.encode()) <= 4096 and "{{" not in value
    found = run_module(stack_settings, stack="shop", state="gathered")
    assert found["recorded"]["settings"] == given["document"]["settings"]
    assert found["account_id"] == "123456789012"
    run_module(stack_settings, **{**given, "document": stored()})
    assert names(ssm) == ["/railyard.settings/shop/1"]
    planned = run_module(stack_settings, check=True, stack="shop", state="absent")
    assert planned["changed"] and names(ssm)
    assert run_module(stack_settings, stack="shop", state="absent")["changed"] and names(ssm) == []
    assert not run_module(stack_settings, stack="shop", state="absent")["changed"]


def test_a_stack_whose_name_begins_alike_is_another(ssm: Any, run_module: Any) -> None:
    run_module(stack_settings, stack="shop-staging", by="kim@laptop", document=stored())
    assert run_module(stack_settings, stack="shop", state="gathered")["recorded"] is None


def test_what_was_not_written_to_its_end_is_no_record_and_is_written_anew(ssm: Any, run_module: Any) -> None:
    given: dict[str, Any] = {
        "stack": "shop",
        "by": "kim@laptop",
        "document": stored(settings={"railyard_people": [KIM] * 60}),
    }
    run_module(stack_settings, **given)
    ssm.put_parameter(Name="/railyard.settings/shop/2", Value="{}", Type="String", Overwrite=True)
    found = run_module(stack_settings, stack="shop", state="gathered")
    assert (
        found["recorded"] is None
        and "not written to its end" in found["trouble"]
        and found["account_id"] == "123456789012"
    )
    assert run_module(stack_settings, **given)["changed"]
    assert "trouble" not in run_module(stack_settings, stack="shop", state="gathered")


def test_where_nothing_is_recorded_only_who_needs_it_fails(ssm: Any, run_module: Any) -> None:
    assert "failed" not in run_module(stack_settings, stack="shop", state="gathered")
    found = run_module(stack_settings, stack="shop", state="gathered", required=True)
    assert found["failed"]
    for words in ("stack 'shop' in ap-northeast-1", "`ansible-playbook site.yml`", "RAILYARD_STACK"):
        assert words in found["msg"]


def test_who_may_not_read_it_is_told_what_to_allow(ssm: Any, run_module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import ClientError

    def denied(*_given: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetParametersByPath")

    monkeypatch.setattr(parts, "read", denied)
    found = run_module(stack_settings, stack="shop", state="gathered")
    assert "failed" not in found and "ssm:GetParametersByPath on parameter/railyard.settings/shop" in found["trouble"]
    assert run_module(stack_settings, stack="shop", state="gathered", required=True)["failed"]
    assert run_module(stack_settings, stack="shop", by="kim", document=stored())["failed"]


# How others differ.


@pytest.mark.parametrize(("one", "other"), [(2, "2"), (True, "true"), ([1, {"a": "1"}], ["1", {"a": 1}]), ((1,), [1])])
def test_values_that_mean_the_same(one: Any, other: Any) -> None:
    assert recorded.same(one, other) and recorded.same(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [(2, 3), ("a", "A"), ([1], [1, 2]), ({"a": 1}, {"b": 1}), ([], ""), ({}, [])]
)
def test_values_that_do_not(one: Any, other: Any) -> None:
    assert not recorded.same(one, other) and not recorded.same(other, one)


def differing(theirs: dict[str, Any], **changed: Any) -> list[str]:
    settings = read(**changed)
    mine = settings.all()
    found = recorded.differences(
        stored(**theirs),
        recorded.document(mine),
        settings.now(theirs["settings"]),
        [one.name for one in mine if one.given],
    )
    return [str(one) for one in found]


def test_the_person_whom_this_checkout_does_not_know_is_named_before_they_lose_access() -> None:
    (line,) = differing({"settings": {"railyard_people": [KIM, LEE]}}, railyard_people=[KIM])
    assert line.startswith('railyard_people: recorded ... lee ({"ssh_keys": ["ssh-ed25519 AAAAlee')
    assert 'here [{"name": "kim"' in line


@pytest.mark.parametrize(
    ("theirs", "changed", "line"),
    [
        ({"railyard_web_count": 3}, {}, "railyard_web_count: recorded 3, here 2"),
        ({"railyard_web_count": "2"}, {}, None),
        ({"vpc_nat_gateway_mode": "single"}, {}, 'vpc_nat_gateway_mode: recorded "single", here not set'),
        ({}, {"vpc_nat_gateway_mode": "single"}, 'vpc_nat_gateway_mode: recorded not set, here "single"'),
        # A default of a setting that the recorded run did not know of.
        ({}, {}, None),
        # What was given there, and follows from another setting here.
        ({"railyard_alb_name": "mine"}, {"railyard_stack": "shop"}, 'railyard_alb_name: recorded "mine", here "shop"'),
        (
            {"railyard_tags": {"a": 1, "b": 2}},
            {"railyard_tags": {"a": 1, "c": 3}},
            "railyard_tags: recorded b 2, no c, here no b, c 3",
        ),
    ],
)
def test_differences_are_told_once(theirs: dict[str, Any], changed: dict[str, Any], line: str | None) -> None:
    assert differing({"settings": theirs}, **changed) == ([line] if line else [])


def test_a_secret_that_the_recorded_run_had_is_missed() -> None:
    theirs = stored(secret=["railyard_webhook_url", "app_environment.API_KEY"])
    assert recorded.missing_secrets(theirs, document()) == theirs["secret"]
    assert recorded.missing_secrets(theirs, document(railyard_webhook_url="https://hooks.example")) == [
        "app_environment.API_KEY"
    ]


def test_settings_taken_over_for_another_account_are_refused() -> None:
    from ansible.errors import AnsibleActionFail

    action._refuse_another_account({"account": "1"}, "1", "x")
    action._refuse_another_account(None, "1", "x")
    with pytest.raises(AnsibleActionFail, match="of the account 1, and these credentials are of 2"):
        action._refuse_another_account({"account": "1"}, "2", "environments/joined/x.yml")


# What a second machine writes.

SOURCE = {"by": "kim@laptop", "at": "2026-11-28T04:00:00+00:00", "account": "123456789012"}


def loaded(tmp_path: Path, stack: str, text: str) -> dict[str, Any]:
    """What Ansible makes of a joined file, expressions computed where it would, but for those that say who logs in."""
    path = environments.joined_file(stack, {}, tmp_path)
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    said = environments.joined(stack, DataLoader(), {}, tmp_path)
    templar = Templar(loader=DataLoader(), variables={})
    return {
        name: value if name.startswith("railyard_ssh_") else templar.template(value) for name, value in said.items()
    }


def test_what_was_recorded_is_data_and_never_computed(tmp_path: Path) -> None:
    evil = "{{ lookup('ansible.builtin.pipe', 'touch " + str(tmp_path / "pwned") + "') }}"
    settings = {
        "railyard_people": [{**KIM, "name": evil}],
        "railyard_tags": {evil: evil, "Team": "한글"},
        "railyard_web_count": 3,
    }
    text = joining.content(
        "shop", settings, {**SOURCE, "by": f"{evil}\nrailyard_state_dir: /"}, ("kim", Path("/home/kim/.ssh/id"))
    )
    found = loaded(tmp_path, "shop", text)
    assert not (tmp_path / "pwned").exists()
    assert (
        found["railyard_people"] == settings["railyard_people"] and found["railyard_tags"] == settings["railyard_tags"]
    )
    assert found["railyard_web_count"] == 3
    assert "railyard_state_dir" not in found


def test_each_stack_region_and_place_of_the_api_has_a_file_of_its_own(tmp_path: Path) -> None:
    places = [{}, {"AWS_REGION": "eu-west-1"}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:5080"}]
    files = [
        environments.joined_file(stack, place, tmp_path).name for place in places for stack in ("shop", "shop-staging")
    ]
    assert len(set(files)) == 6
    assert files[0] == "shop.ap-northeast-1.yml" and files[4] == "shop.ap-northeast-1.127.0.0.1-5080.yml"


def test_a_joined_file_is_no_environment_and_one_that_says_nothing_is_refused(tmp_path: Path) -> None:
    from ansible.errors import AnsibleError

    path = environments.joined_file("shop", {}, tmp_path)
    path.parent.mkdir()
    path.write_text("- a\n", "utf-8")
    assert environments.names(tmp_path) == []
    with pytest.raises(AnsibleError, match="write it anew with `make join`"):
        environments.joined("shop", None, {}, tmp_path)


def test_joining_again_looks_at_the_checkout_without_what_was_joined() -> None:
    joined = {"railyard_web_count": 3, "vpc_nat_gateway_mode": "single", "railyard_people": [KIM]}
    variables = {**joined, "railyard_people": [LEE], "other": 1}
    assert joining.without(variables, joined, {"railyard_web_count": 2}) == {
        "railyard_web_count": 2,
        "railyard_people": [LEE],
        "other": 1,
    }


# Whose login.


@pytest.fixture
def ssh_dir(tmp_path: Path) -> Path:
    for name, key in (("id_ed25519", "AAAAkim"), ("work", "AAAAlee")):
        (tmp_path / name).write_text("private", "utf-8")
        (tmp_path / f"{name}.pub").write_text(f"ssh-ed25519 {key} somebody@else\n", "utf-8")
    (tmp_path / "forgotten.pub").write_text("ssh-ed25519 AAAApark park\n", "utf-8")
    return tmp_path


def test_the_key_tells_who_it_is(ssh_dir: Path) -> None:
    none = ssh_dir / "none.pem"
    keys = recording.public_keys(none, ssh_dir)
    assert joining.login(keys, [LEE], none, "ec2-user") == ("lee", ssh_dir / "work")
    # Its private half is elsewhere.
    assert joining.login(keys, [{"name": "park", "ssh_keys": ["ssh-ed25519 AAAApark park"]}], none, "ec2-user") is None
    # The one that was named, and no other.
    assert joining.login(recording.public_keys(ssh_dir / "work", ssh_dir), [KIM, LEE], none, "ec2-user") == (
        "lee",
        ssh_dir / "work",
    )
    assert joining.login(keys, [], none, "ec2-user") is None


def test_who_built_the_stack_has_its_own_key(tmp_path: Path) -> None:
    own = tmp_path / "shop.pem"
    own.write_text("private", "utf-8")
    assert joining.login([], [KIM], own, "ec2-user") == ("ec2-user", own)


# Host keys.


def hashed(name: str) -> str:
    salt = b"0123456789abcdefghij"
    words = [base64.b64encode(part).decode() for part in (salt, hmac.new(salt, name.encode(), hashlib.sha1).digest())]
    return f"|1|{words[0]}|{words[1]}"


def test_host_keys_are_found_by_instance_hashed_or_not(tmp_path: Path) -> None:
    file = tmp_path / "known"
    marked = "@revoked i-3 ssh-ed25519 AAAA3"
    lines = [
        "# a comment",
        "i-1 ssh-ed25519 AAAA1",
        f"{hashed('i-2')} ssh-ed25519 AAAA2",
        marked,
        "|1|x|y ssh-rsa A",
        "",
    ]
    file.write_text("\n".join(lines), "utf-8")
    assert recording.host_keys(file, ["i-1", "i-2", "i-3"]) == {
        "i-1": ["ssh-ed25519 AAAA1"],
        "i-2": ["ssh-ed25519 AAAA2"],
    }
    assert recording.host_keys(tmp_path / "none", ["i-1"]) == {}


def test_a_host_key_that_others_saw_otherwise_is_not_written_over() -> None:
    theirs = {"i-1": ["ssh-ed25519 A"], "i-2": ["ssh-ed25519 B"], "i-3": ["ssh-ed25519 C"]}
    lines, others = joining.host_keys(theirs, {"i-1": ["ssh-ed25519 A"], "i-2": ["ssh-ed25519 X"]})
    assert (lines, others) == ([{"name": "i-3", "key": "i-3 ssh-ed25519 C"}], ["i-2"])
