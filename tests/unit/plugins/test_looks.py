"""One look at the account for the tasks of a run: shared until something is changed, answered as the module does."""

from __future__ import annotations

import stat
from types import SimpleNamespace

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.action.stack_info import ActionModule
from ansible_collections.railyard.aws.plugins.callback import looks as callback
from ansible_collections.railyard.aws.plugins.modules import stack_info
from ansible_collections.railyard.aws.plugins.plugin_utils import looking, looks

STACK = {"stack": "railyard", "region": "ap-northeast-1"}


@pytest.fixture
def run_looks(tmp_path, monkeypatch):
    """The looks of a run whose callback is enabled."""
    monkeypatch.setattr(looks.tempfile, "mkdtemp", lambda prefix: str(tmp_path))
    monkeypatch.setattr(looks, "current", looks.Looks.begin())
    return looks.current


@pytest.fixture
def account(aws, run_module, monkeypatch):
    """``task(**options)`` is a stack_info whose module asks an emulated account; ``asked`` lists for what."""
    asked: list[list[str]] = []
    monkeypatch.setattr(looking.ActionBase, "run", lambda *_unused: {})

    def action(check: bool = False, environment: str = "", **options) -> ActionModule:
        made = object.__new__(ActionModule)
        made._task = SimpleNamespace(args=STACK | options, check_mode=check)
        made._compute_environment_string = lambda: environment

        def execute(module_name, module_args, task_vars):
            assert module_name == "railyard.aws.stack_info"
            asked.append(module_args.get("kinds"))
            return run_module(stack_info, check=check, **module_args)

        made._execute_module = execute
        return made

    ec2 = boto3.client("ec2")
    specification = [
        {"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "railyard"}, {"Key": "Stack", "Value": "railyard"}]}
    ]

    def make_vpc() -> str:
        return ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=specification)["Vpc"]["VpcId"]

    return SimpleNamespace(
        action=action, task=lambda **options: action(**options).run(), asked=asked, make_vpc=make_vpc
    )


def test_without_the_callback_every_task_asks(account):
    assert looks.current is None
    for _number in range(2):
        account.task(kinds=["vpc"])
    assert account.asked == [["vpc"], ["vpc"]]


def test_a_kind_is_asked_for_once(account, run_looks):
    account.make_vpc()
    account.task(kinds=["vpc", "subnets"])
    account.task(kinds=["subnets", "nat_gateways"], require={"vpc": ["railyard"]})
    account.task(kinds=["vpc"])
    assert account.asked == [["vpc", "subnets"], ["nat_gateways"]]


@pytest.mark.parametrize(
    "options",
    [
        {"kinds": ["vpc", "subnets"]},
        {"kinds": ["subnets"], "require": {"vpc": ["railyard"]}},
        {"kinds": ["subnets"], "require": {"vpc": ["railyard"], "subnets": ["railyard-1"]}, "check": True},
        {"kinds": ["vpc"], "unique_names": False},
    ],
)
def test_the_answer_is_the_modules(account, run_looks, run_module, options):
    account.make_vpc()
    account.task(kinds=["subnets", "security_groups", "vpc"])
    told = account.task(**options)
    assert account.asked == [["vpc", "subnets", "security_groups"]]
    module = run_module(stack_info, **STACK, **options)
    # What Ansible adds to any module's answer is not the module's.
    assert told == {key: module[key] for key in told}
    assert set(module) - set(told) <= {"invocation", "deprecations", "warnings"}


def test_what_is_missing_is_said_as_the_module_says_it(account, run_looks, run_module):
    options = {"kinds": [], "require": {"vpc": ["railyard"]}}
    told = account.task(**options)
    assert told["failed"] and told["msg"] == run_module(stack_info, **STACK, **options)["msg"]


def test_after_a_change_all_is_asked_anew(account, run_looks):
    assert account.task(kinds=["vpc"])["stack"]["vpc"] == {}
    made = account.make_vpc()
    assert account.task(kinds=["vpc"])["stack"]["vpc"] == {}
    run_looks.forget()
    assert account.task(kinds=["vpc"])["stack"]["vpc"]["railyard"]["id"] == made


def test_what_is_seen_while_something_is_changed_is_not_kept(account, run_looks):
    first = account.action(kinds=["vpc"])
    execute = first._execute_module

    def changed_meanwhile(**arguments):
        told = execute(**arguments)
        run_looks.forget()
        return told

    first._execute_module = changed_meanwhile
    assert first.run()["stack"] == {"vpc": {}}
    account.task(kinds=["vpc"])
    assert len(account.asked) == 2


def test_a_task_that_waits_asks_at_every_attempt_but_the_first(account, run_looks):
    account.task(kinds=["vpc"])
    waiting = account.action(kinds=["vpc"])
    for _attempt in range(3):
        waiting.run()
    assert len(account.asked) == 3


def test_others_credentials_see_for_themselves(account, run_looks):
    account.task(kinds=["vpc"])
    account.task(kinds=["vpc"], environment="AWS_PROFILE=other")
    account.task(kinds=["vpc"], retries=3)
    assert len(account.asked) == 3


def test_nothing_is_believed_for_long(account, run_looks, monkeypatch):
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(looks.time, "monotonic", lambda: clock.now)
    account.task(kinds=["vpc"])
    clock.now += looks.BELIEVED - 1
    account.task(kinds=["vpc"])
    assert len(account.asked) == 1
    clock.now += 2
    account.task(kinds=["vpc"])
    assert len(account.asked) == 2


def test_a_name_that_a_list_may_lack_is_asked_for_by_itself(account, run_looks):
    account.task(kinds=["secrets"])
    account.task(kinds=["secrets"], named={"secrets": ["/railyard/smtp", ""]})
    account.task(kinds=["secrets"], require={"secrets": ["/railyard/smtp"]}, check=True)
    assert account.asked == [["secrets"], ["secrets"]]


def test_two_of_one_name_are_the_modules_to_judge(account, run_looks):
    account.make_vpc()
    account.make_vpc()
    told = account.task(kinds=["vpc"])
    assert told["failed"] and "more than once" in told["msg"]
    assert account.asked == [["vpc"], ["vpc"]]


@pytest.mark.parametrize(
    "options",
    [
        {"kinds": ["vpcs"]},
        {"kinds": "vpc"},
        {"require": {"vpc": "railyard"}},
        {"require": ["vpc"]},
        {"named": {"vpcs": []}},
        {"entries": True},
        {"unique_names": "no"},
    ],
)
def test_options_that_are_not_plain_are_the_modules_to_read(run_looks, options):
    assert not looking.well_formed(STACK | options)


def test_a_look_that_failed_is_not_kept(account, run_looks):
    failing = account.action(kinds=["vpc"])
    failing._execute_module = lambda **_arguments: {"failed": True, "msg": "Cannot look"}
    assert failing.run() == {"failed": True, "msg": "Cannot look"}
    account.task(kinds=["vpc"])
    assert account.asked == [["vpc"]]


def result(*, changed: bool = False, check: bool = False) -> SimpleNamespace:
    return SimpleNamespace(is_changed=lambda: changed, task=SimpleNamespace(check_mode=check))


@pytest.fixture
def plugin(monkeypatch):
    monkeypatch.setattr(looks, "current", None)
    monkeypatch.setattr(callback.atexit, "register", lambda _function: None)
    made = callback.CallbackModule()
    yield made
    made._end()


def test_the_callback_forgets_what_a_change_or_a_failure_made_old(plugin):
    ages = [looks.current.age()]
    for happens in (
        lambda: plugin.v2_runner_on_ok(result(changed=True)),
        lambda: plugin.v2_runner_on_failed(result()),
        lambda: plugin.v2_runner_on_failed(result(), ignore_errors=True),
        lambda: plugin.v2_runner_on_unreachable(result()),
    ):
        happens()
        ages.append(looks.current.age())
    assert len(set(ages)) == 5


def test_the_callback_keeps_what_nothing_made_old(plugin):
    before = looks.current.age()
    plugin.v2_runner_on_ok(result())
    plugin.v2_runner_on_ok(result(changed=True, check=True))
    plugin.v2_runner_on_failed(result(check=True))
    assert looks.current.age() == before


def test_nobody_else_reads_the_looks_and_nothing_is_left(plugin):
    directory = looks.current._directory
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    plugin._process += 1
    plugin._end()
    assert directory.exists(), "a child must leave it to the run"
    plugin._process -= 1
    plugin._end()
    assert not directory.exists()
