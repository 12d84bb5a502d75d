"""What stack_inputs judges beside single values: command line, AWS's answers, roles, hosts, what is computed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible_collections.railyard.aws.plugins.action import stack_inputs
from ansible_collections.railyard.aws.plugins.module_utils._settings import command_line, role_inputs, validation
from ansible_collections.railyard.aws.plugins.module_utils._settings.warnings import input_warnings

from tests.unit.plugins import inputs_lab as lab

ZONES = ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]
TAGS = ["vpc", "security", "ec2", "alb"]


@pytest.mark.parametrize(
    ("run", "skip", "says"),
    [
        (
            ["albb"],
            [],
            "--tags albb: there is no such tag; did you mean 'alb'? Tags are: vpc, security, ec2, alb. "
            "For example: ansible-playbook site.yml --tags alb",
        ),
        (["all"], ["zzzzzz"], "--skip-tags zzzzzz: there is no such tag."),
    ],
)
def test_tags_that_there_are_not(run: list[str], skip: list[str], says: str) -> None:
    (problem,) = command_line.tag_problems(run, skip, TAGS)
    assert says in problem


def test_tags_of_ansible_are_known() -> None:
    assert command_line.tag_problems(["all", "vpc"], ["never"], TAGS) == []


@pytest.mark.parametrize("name", ["revison", "Revision", "maintainance", "maintenence", "take_lok", "confrm", "releas"])
def test_what_e_gives_nearly_by_a_name_of_the_playbooks_is_refused(name: str) -> None:
    (problem,) = command_line.extra_problems([name, "my_team", "version"], lab.options())
    assert problem.startswith(f"{name} is no variable of the playbooks; did you mean '")


@pytest.mark.parametrize(
    ("answers", "changed", "says"),
    [
        (
            {"failure": "Unable to locate credentials"},
            {},
            "AWS cannot be asked: Unable to locate credentials. For your own account",
        ),
        (
            {"zones": ZONES},
            {"railyard_zones": ["ap-northeast-1a", "ap-northeast-1b"]},
            "railyard_zones has 'ap-northeast-1b'",
        ),
        (
            {"failure": "no XML", "endpoint": "http://127.0.0.1:80"},
            {},
            "AWS_ENDPOINT_URL is 'http://127.0.0.1:80', and AWS cannot be asked there: no XML. For the sandbox run",
        ),
        ({"zones": ZONES}, {"railyard_zone_count": 4}, "railyard_zone_count is 4, but ap-northeast-1 has 3"),
        (
            {"bucket_owners": {"shop": "other"}},
            {"railyard_uploads_bucket": "shop"},
            "which another account has already",
        ),
        ({"bucket_owners": {"shop": "other"}}, {"s3_uploads_bucket": "shop"}, "s3_uploads_bucket is 'shop'"),
        (
            {"account": "111122223333"},
            {"railyard_storage_kms_key_arn": "arn:aws:kms:ap-northeast-1:123456789012:key/mrk-" + "0" * 32},
            "a key of account 123456789012, but these credentials are of 111122223333",
        ),
        (
            {"database_versions": {"versions": ["8.4.7"]}, "today": "2026-11-24"},
            {"rds_engine_version": "9.9"},
            "rds_engine_version is '9.9', which RDS does not offer here; write one of 8.4, 8.4.7.",
        ),
    ],
)
def test_what_aws_answers_is_judged(answers: dict[str, Any], changed: dict[str, Any], says: str) -> None:
    checks = stack_inputs.Checks(lab.PLAIN, {**lab.good(), **changed}, stack_inputs.roles(), validation.ANSWERED)
    (problem,) = checks.answered(answers)
    assert says in problem
    assert stack_inputs.Checks(lab.PLAIN, lab.good(), stack_inputs.roles(), validation.ANSWERED).answered(answers) in (
        [],
        [problem],
    )


def test_everything_wrong_is_said_at_once() -> None:
    found = lab.problems(
        railyard_web_count=0, railyard_vpc_cidr="x", railyard_zone_count=9, rds_multi_az="maybe", nginx_prot=1
    )
    assert len(found) == 5, found


@pytest.mark.parametrize(
    ("changed", "command"),
    [
        ({"railyard_stack": "shop"}, "export RAILYARD_STACK=shop"),
        (
            {"railyard_region": "eu-central-1", "railyard_s3_endpoint": "https://s3.eu-central-1.amazonaws.com"},
            "export AWS_REGION=eu-central-1",
        ),
    ],
)
def test_what_the_inventory_would_miss_is_refused(changed: dict[str, Any], command: str) -> None:
    assert any(command in problem for problem in lab.problems(**changed))


def test_where_the_inventory_has_it_too_another_stack_is_fine() -> None:
    values = lab.templated(railyard_stack="a" * 20)
    assert lab.problems({"inventory_stack": "a" * 20}, **values) == []


def test_a_domain_and_the_book_are_fine() -> None:
    book = yaml.safe_load((lab.PROJECT / "profiles/book.yml").read_text("utf-8"))
    assert lab.problems(**lab.templated(railyard_domain="shop.co.jp", **book)) == []


@pytest.mark.parametrize("name", ["app_enviroment", "rds_multi_zone", "cloudwatch_agent_packages", "railyard_web_cont"])
def test_a_misspelt_name_is_told_with_the_right_one_and_where_they_are_listed(name: str) -> None:
    (problem,) = lab.problems(**{name: "x"})
    assert problem.startswith(f"{name} is no variable of this project; did you mean '")
    assert "They are listed in " + ("group_vars/all" if name.startswith("railyard_") else "roles/") in problem


def test_the_longest_role_gives_the_prefix() -> None:
    (problem,) = lab.problems(cloudwatch_agent_zzz="x")
    assert "roles/cloudwatch_agent/README.md; name variables of your own without cloudwatch_agent_." in problem


def test_of_a_variable_its_rule_says_more_than_its_type() -> None:
    assert lab.problems(railyard_web_count="two") == ["railyard_web_count is 'two'; write a number from 1 to 99."]


def test_a_role_s_own_value_is_judged_beside_its_own_others() -> None:
    classes = dict.fromkeys(("rds_instance_class", "cloudwatch_database_class", "vpc_database_class"), "db.m7g.large")
    assert lab.problems(rds_performance_insights=True, **classes) == []
    (problem,) = lab.problems(rds_storage=100, rds_max_storage=105)
    assert problem.startswith("rds_max_storage is '105'; write a number of GiB above rds_storage (110,")


@pytest.mark.parametrize("whose", ["host web01", "group web"])
def test_what_is_set_for_hosts_and_groups_is_judged_too(whose: str) -> None:
    values = {"nginx_client_max_body_size": "big", "nginx_prot": 80, "puma_hardening": "some"}
    found = lab.problems(others=[(whose, values)])
    assert len(found) == 3 and all(problem.endswith(f"(It is set for {whose}.)") for problem in found), found


def test_what_is_wrong_everywhere_is_said_once() -> None:
    found = lab.problems(
        others=[("host web01", {"nginx_ipv6": "some"}), ("host web02", {"nginx_ipv6": "some"})], nginx_ipv6="some"
    )
    assert len(found) == 1, found


class Templar:
    """Computes what is between braces from ``known``, as the real one does, or says what is missing."""

    def __init__(self, known: dict[str, Any]) -> None:
        self.known = known

    def template(self, value: Any) -> Any:
        if not isinstance(value, str) or "{{" not in value:
            return value
        name = value.strip("{} ")
        if name not in self.known:
            raise AnsibleError(f"Error while resolving value: '{name}' is undefined\nOrigin: somewhere")
        return self.known[name]

    def set_temporary_context(self, available_variables: dict[str, Any]) -> Any:
        import contextlib

        @contextlib.contextmanager
        def context():
            before, self.known = self.known, {**available_variables, **self.known}
            yield
            self.known = before

        return context()


def computed(**changed: Any) -> list[str]:
    checks = stack_inputs.Checks(Templar({"my_count": 3}), {**lab.good(), **changed}, stack_inputs.roles())
    return checks.problems(lab.SEEN, iter(()))


def test_values_are_judged_as_they_are_computed() -> None:
    assert computed(railyard_web_count="{{ my_count }}") == []


def test_what_cannot_be_computed_is_told() -> None:
    (problem,) = computed(railyard_web_count="{{ mine }}")
    assert problem.startswith(
        "railyard_web_count cannot be computed: Error while resolving value: 'mine' is undefined. It is '{{ mine }}';"
    )


def test_what_is_computed_from_something_wrong_is_not_told_beside_it() -> None:
    (problem,) = computed(railyard_vpc_cidr="10.0.0.0/8", railyard_subnets="{{ railyard_vpc_cidr | plan }}")
    assert problem.startswith("railyard_vpc_cidr is '10.0.0.0/8'")


def test_a_role_s_variable_may_be_computed_from_the_role_s_others_and_from_facts() -> None:
    assert computed(vpc_name="{{ vpc_stack }}", nginx_server="{{ ansible_facts }}") == []
    (problem,) = computed(nginx_ipv6="{{ nginx_server_name }}")
    assert problem.startswith("nginx_ipv6 is '") and "', which is no boolean; write true or false" in problem


def test_a_password_in_a_url_is_not_shown() -> None:
    assert (
        role_inputs.redacted("x is 'https://ada:tiger@example.com/a'; write")
        == "x is 'https://***@example.com/a'; write"
    )


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"railyard_profile": "book"}, "railyard_profile is book, for practice"),
        ({"railyard_admin_cidrs": ["0.0.0.0/1", "128.0.0.0/1"]}, "open to the whole internet"),
        ({"railyard_database_allow_ended_version": True}, "AWS charges extra"),
    ],
)
def test_what_is_allowed_and_not_without_a_price_is_warned_of(changed: dict[str, Any], says: str) -> None:
    (warning,) = input_warnings({**lab.good(), **changed})
    assert says in warning
    assert input_warnings(lab.good()) == []


def run(monkeypatch: pytest.MonkeyPatch, task_vars: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    given = {
        "tags": TAGS,
        "run_tags": ["all"],
        "skip_tags": [],
        "inventory_region": "ap-northeast-1",
        "inventory_stack": "railyard",
    }
    action = object.__new__(stack_inputs.ActionModule)
    action._task, action._templar, action._loader = (
        SimpleNamespace(check_mode=False, args={}, async_val=0),
        lab.PLAIN,
        None,
    )
    action.validate_argument_spec = lambda spec: (None, {"problems": None, "answers": None} | given | arguments)
    monkeypatch.setattr(stack_inputs.ActionBase, "run", lambda *_unused: {})
    monkeypatch.setattr(stack_inputs, "load_extra_vars", lambda loader: {})
    hosts = {"groups": {"all": ["localhost"]}, "hostvars": {}, "inventory_hostname": "localhost"}
    return action.run(task_vars={**lab.good(), **hosts, **task_vars})


def test_the_first_call_finds_and_the_second_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    first = run(monkeypatch, {"railyard_web_count": 0})
    assert first["reachable"] and len(first["problems"]) == 1
    with pytest.raises(AnsibleActionFail) as refused:
        run(monkeypatch, {}, problems=first["problems"], answers={"failure": "no credentials"})
    lines = str(refused.value).splitlines()
    assert lines[0] == "Nothing was changed. Mend this and run the same command again:"
    assert [line[:20] for line in lines[1:]] == ["  - railyard_web_count"[:20], "  - AWS cannot be asked"[:20]]
    assert run(monkeypatch, {}, problems=[], answers={})["problems"] == []


@pytest.mark.parametrize(
    ("variables", "environment"),
    [
        ({"railyard_region": "ap-northeast-9"}, {}),
        ({}, {"AWS_CA_BUNDLE": "/nowhere"}),
        ({}, {"AWS_ENDPOINT_URL": "localhost"}),
    ],
)
def test_aws_is_not_asked_where_it_cannot_be(
    monkeypatch: pytest.MonkeyPatch, variables: dict, environment: dict
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert run(monkeypatch, variables)["reachable"] is False


def test_every_variable_that_the_project_sets_is_known() -> None:
    files = [
        *(lab.PROJECT / "group_vars").rglob("*.yml"),
        *(lab.PROJECT / "roles").glob("*/defaults/main.yml"),
        lab.PROJECT / "profiles/book.yml",
    ]
    names = {name for path in files for name in yaml.safe_load(path.read_text("utf-8")) or {}}
    ours = {name for name in names if name.startswith("railyard_")}
    known = {name for name in lab.options() if name.startswith("railyard_")}
    assert ours - known == set(), "give them to a role in group_vars/all/_roles, or list them in _settings/declared.py"
    assert known - ours == set(), "give them a default in group_vars"


def test_a_setting_that_is_no_more_is_refused_with_what_to_do() -> None:
    assert lab.problems(railyard_ruby_bin="/usr/bin") == [
        "railyard_ruby_bin is no setting any more: nothing read it; leave it out (railyard_ruby_provider and "
        "railyard_rbenv_root say where Ruby is)."
    ]


def test_what_the_stack_gives_its_roles_is_not_looked_at_twice() -> None:
    given = {name: value for role in stack_inputs.roles() for name, value in role.given.items()}
    assert len(given) > 180
    checks = stack_inputs.Checks(lab.PLAIN, {**lab.good(), **given}, stack_inputs.roles())
    assert [name for name in checks.names if not name.startswith("railyard_")] == []
    assert not checks.is_other("rds_storage", given["rds_storage"])
    assert checks.is_other("rds_storage", 100)


def test_most_variables_of_roles_are_known_by_what_they_stand_for() -> None:
    """An input that is no longer given a setting as it is would leave its role's rules unchecked."""
    aliases = {name: alias for role in stack_inputs.roles() for name, alias in role.aliases.items()}
    assert aliases["rds_storage"] == "railyard_database_storage"
    assert aliases["app_path"] == "railyard_app_path"
    assert len(aliases) > 120
