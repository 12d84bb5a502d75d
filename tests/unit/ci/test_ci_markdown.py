"""What people read of a plan on GitHub: every change and its price, and nothing of a name that GitHub would act on."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from tools.ci import markdown

#: As the callback railyard.aws.plan writes one.
RECORDED = json.loads(Path(__file__).with_name("plan.json").read_text("utf-8"))
WHOSE = ("railyard", "ap-northeast-1")


def test_a_comment_says_what_would_change_and_what_it_costs() -> None:
    text = markdown.plan(RECORDED, *WHOSE, "https://github.com/octo/shop/actions/runs/42")
    assert text.startswith("<!-- railyard:plan:railyard:ap-northeast-1 -->\n### What this would change: `railyard`")
    assert "1 to create, 2 to change, 1 to replace, 1 to delete." in text
    assert "| create | `Server` | `railyard-web03` | +$19.00 |" in text
    assert "| replace | `Database` | `railyard` | +$1,061.50 |" in text
    assert "| delete | `NAT gateway` | `railyard-public-2` | -$45.26 |" in text
    assert "| change | `Security group` | `railyard-jump` |  |" in text
    assert "**+$1,035.24 a month**" in text
    assert text.endswith("[The run](https://github.com/octo/shop/actions/runs/42)")


def test_a_plan_is_read_as_the_callback_writes_it() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "collections"))
    from ansible_collections.railyard.aws.plugins.module_utils._plan.plan import Plan

    plan = Plan()
    plan.look({"nat_gateways": {}}, "ap-northeast-1")
    for number in range(40):
        arguments = {"tags": {"Name": f"railyard-{number}"}}
        plan.add("network", "amazon.aws.ec2_vpc_nat_gateway", "Ensure it", arguments, {"changed": True})
    text = markdown.plan(plan.records(), *WHOSE, "")
    assert "| create | `NAT gateway` | `railyard-7` | +$" in text
    assert re.search(r"\*\*\+\$\d,\d{3}\.\d\d a month\*\*", text), "of forty it is more than a thousand"


def test_a_name_is_no_mention_no_column_and_no_headline() -> None:
    (line,) = [one for one in markdown.plan(RECORDED, *WHOSE, "").splitlines() if "admins" in one]
    assert line == "| change | `setting` | `web: @octo/admins \\| <b>'rm'</b> # head` |  |"


def test_no_change_is_said_so_without_a_table_or_a_run() -> None:
    text = markdown.plan([], *WHOSE, "")
    assert text.endswith("Nothing would change.") and "|" not in text and "The run" not in text


def test_changes_without_a_price_are_not_said_to_be_free() -> None:
    text = markdown.plan(RECORDED[1:2], *WHOSE, "")
    assert "Nothing that has a price in railyard's table changes." in text and "$0" not in text


@pytest.mark.parametrize("write", [markdown.plan, markdown.drift])
def test_of_many_changes_as_many_are_shown_as_github_takes(write) -> None:
    many = [{**RECORDED[0], "name": "n" * 400}] * 5000
    text = write(many, *WHOSE, "")
    assert len(text) < 65536 and "… and 4800 more" in text and "5000 to create" in text


def test_an_issue_says_what_drifted_and_how_it_is_mended() -> None:
    text = markdown.drift(RECORDED[1:2], *WHOSE, "https://github.com/octo/shop/actions/runs/42")
    assert text.startswith(markdown.marker("drift", *WHOSE))
    assert "1 to change" in text and "`railyard-jump`" in text and "`make site`" in text


def test_a_plan_that_failed_says_where_to_read_why_and_nothing_of_it() -> None:
    text = markdown.failed(*WHOSE, "https://github.com/octo/shop/actions/runs/42")
    # Under the same marker: it takes the place of the last one, which may be right no more.
    assert text.startswith(markdown.marker("plan", *WHOSE)) and "No plan could be made" in text and "runs/42" in text
