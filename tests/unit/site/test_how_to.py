"""docs/how-to: pages are the same in both languages, and AWS has the operations that they call."""

from __future__ import annotations

import re

import botocore.session
import pytest
from botocore import xform_name

from tools.site.place import LANGUAGES, PROJECT

FOLDER = PROJECT / "docs/how-to"
PAGES = sorted(path.name for path in (FOLDER / "en").iterdir())
#: Options that AWS's command line has for every operation.
EVERYWHERE = {"query", "output"}


def read(language: str, name: str) -> str:
    return (FOLDER / language / name).read_text("utf-8")


def fences(text: str) -> list[str]:
    return re.findall(r"^```.*?^```$", text, re.MULTILINE | re.DOTALL)


def test_what_comes_up_has_its_page_in_each_language_and_in_the_lists() -> None:
    wanted = {"bring-your-application", "add-a-person", "restore-a-database", "rotate-a-secret", "upgrade-ruby"}
    wanted |= {"staging-and-production", "leave-to-another-tool", "remove-everything", "worker-servers"}
    wanted |= {"other-machines"}
    assert {f"{name}.md" for name in wanted} | {"README.md"} == set(PAGES)
    for language in LANGUAGES:
        assert sorted(path.name for path in (FOLDER / language).iterdir()) == PAGES
        listed = re.findall(r"^- \[.+\]\((.+)\)$", read(language, "README.md"), re.MULTILINE)
        assert sorted([*listed, "README.md"]) == PAGES


@pytest.mark.parametrize("name", PAGES)
def test_languages_have_the_same_commands_and_name_the_same_things(name: str) -> None:
    english, korean = (read(language, name) for language in LANGUAGES)
    assert fences(english) == fences(korean)
    assert name == "README.md" or fences(english)
    named = [
        {*re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", one, flags=re.M | re.S))} for one in (english, korean)
    ]
    assert named[0] == named[1]


def test_calls_of_aws_are_operations_with_their_options() -> None:
    session = botocore.session.get_session()
    calls = {
        (service, operation, rest)
        for name in PAGES
        for block in fences(read("en", name))
        for service, operation, rest in re.findall(r"(?:^|\| )aws (\S+) (\S+(?:(?<=wait) \S+)?)([^|\n]*)", block, re.M)
    }
    assert len(calls) > 8
    for service, operation, rest in calls:
        model = session.get_service_model(service)
        operations = {xform_name(one, "-"): model.operation_model(one) for one in model.operation_names}
        if operation.startswith("wait "):
            waiters = session.get_waiter_model(service)
            waiting = {xform_name(one, "-"): waiters.get_waiter(one).operation for one in waiters.waiter_names}
            operation = xform_name(waiting[operation.removeprefix("wait ")], "-")
        shape = operations[operation].input_shape.members
        booleans = {f"no-{xform_name(name, '-')}" for name, one in shape.items() if one.type_name == "boolean"}
        known = {xform_name(name, "-") for name in shape} | booleans | EVERYWHERE
        assert set(re.findall(r" --([a-z-]+)", rest)) <= known, (operation, rest)
