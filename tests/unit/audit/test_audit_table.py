"""Which findings pass, what the table says, and what the list of explanations has to be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.audit import __main__ as auditing
from tools.audit import explained as list_of
from tools.audit import table
from tools.audit.explained import Explained
from tools.audit.judges import JUDGES
from tools.audit.verdict import Finding, Verdict
from tools.verbs.stack import PROJECT
from tools.verbs.trouble import Trouble

LOGS = Explained("checkov", "CKV_AWS_18 AWS::S3::Bucket.*", "CloudTrail says more")
BUCKET = Finding("CKV_AWS_18 AWS::S3::Bucket.Uploads", "access logging")
GROUP = Finding("CKV_AWS_18 AWS::EC2::SecurityGroup.Web", "access logging")


def verdict(*findings: Finding, judge: str = "checkov") -> Verdict:
    return Verdict(judge, "web01", "figure", findings)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (verdict(), "content"),
        (verdict(BUCKET), "content, 1 explained"),
        (verdict(BUCKET, GROUP), "NOT CONTENT: 1"),
        (verdict(BUCKET, judge="lynis"), "NOT CONTENT: 1"),
    ],
)
def test_a_verdict_says_whether_all_of_it_is_explained(one: Verdict, words: str) -> None:
    assert table.said(one, [LOGS]) == words


def test_what_nothing_explains_is_told_with_its_words() -> None:
    assert table.complaints([verdict(BUCKET, GROUP)], [LOGS]) == [f"checkov, web01: {GROUP.name}: access logging"]
    assert table.complaints([verdict(BUCKET)], [LOGS]) == []


def test_an_explanation_of_nothing_is_told_once_its_judge_has_spoken() -> None:
    (line,) = table.complaints([verdict()], [LOGS])
    assert "explained.yml" in line and LOGS.finding in line and "take it out" in line
    assert table.complaints([verdict(judge="lynis")], [LOGS]) == []


def test_columns_stand_below_each_other() -> None:
    head, first, second = table.lines([verdict(), verdict(GROUP, judge="systemd")], [])
    assert head.split() == ["JUDGE", "OF", "VERDICT", "FIGURE"]
    assert head.index("FIGURE") == first.index("figure") == second.index("figure")


def test_the_list_is_read_and_names_judges_that_there_are() -> None:
    entries = list_of.read()
    assert {entry.judge for entry in entries} <= JUDGES.keys()
    assert [entry.finding for entry in entries if len(entry.reason.split()) < 5] == []
    assert len({(entry.judge, entry.finding) for entry in entries}) == len(entries)


@pytest.mark.parametrize(
    "text",
    [
        "- {judge: lynis, finding: x}",
        "- {judge: lynis, finding: x, reason: ' '}",
        "- lynis",
        "- {judge: a, why: b}",
        "- {judge: a, finding: b, reason: c, only: mars}",
    ],
)
def test_an_entry_without_a_reason_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "explained.yml"
    file.write_text(text, "utf-8")
    with pytest.raises(Trouble, match="judge, finding and reason"):
        list_of.read(file)


def test_what_is_so_in_the_sandbox_alone_explains_nothing_on_amazon() -> None:
    there = Explained("lynis", "hardening index below 75", "containers set nothing", list_of.SANDBOX)
    assert list_of.holding([LOGS, there], sandbox=True) == [LOGS, there]
    assert list_of.holding([LOGS, there], sandbox=False) == [LOGS]


def test_judges_are_chosen_by_name_in_their_own_order() -> None:
    assert auditing.chosen([], ["lynis"]) == [name for name in JUDGES if name != "lynis"]
    assert auditing.chosen(["gixy", "ssh-audit"], []) == ["ssh-audit", "gixy"]
    with pytest.raises(Trouble, match="'nessus' is no judge; those that there are: ssh-audit"):
        auditing.chosen(["nessus"], [])


def told(*verdicts: Verdict) -> Callable[[object], Iterator[Verdict]]:
    return lambda _place: iter(verdicts)


class Stands:
    """A stack that has servers."""

    jump = web = None

    def __init__(self, extra: list[str]) -> None:
        assert extra == ["railyard_stack=shop"]


def test_exit_status_and_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def unheard(_place: object) -> Iterator[Verdict]:
        yield verdict(judge="lynis")
        raise Trouble("web02 cannot be reached")

    monkeypatch.setattr(auditing, "Place", Stands)
    monkeypatch.setattr(list_of, "read", lambda: [LOGS])
    monkeypatch.setitem(JUDGES, "checkov", told(verdict(BUCKET)))
    monkeypatch.setitem(JUDGES, "lynis", unheard)
    assert auditing.audit(["checkov", "-e", "railyard_stack=shop"]) == 0
    assert "content, 1 explained" in capsys.readouterr().out
    # One that cannot look at all servers is not content, and keeps no other from speaking.
    assert auditing.audit(["lynis", "checkov", "-e", "railyard_stack=shop"]) == 1
    said = capsys.readouterr().out
    assert "content, 1 explained" in said and "lynis, -: not heard: web02 cannot be reached" in said


def test_words_come_from_make(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ARGS", "nessus")
    assert auditing.main(["--make"]) == 2
    assert "'nessus' is no judge" in capsys.readouterr().err


def test_judges_are_wanted_between_two_versions() -> None:
    lines = Path(auditing.__file__).with_name("requirements.txt").read_text("utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert len(wanted) == 4
    assert [line for line in wanted if not re.fullmatch(r"[a-z-]+>=[0-9.]+,<[0-9.]+", line)] == []


def test_the_paper_tells_what_each_judge_says() -> None:
    text = (PROJECT / "docs/security.md").read_text("utf-8").partition("## What public judges say")[2]
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert [name for name in [*JUDGES, "parliament"] if not any(name in row.split("|")[1] for row in rows)] == []
    assert [row for row in rows if len(row.split("|")) != 6 or not row.split("|")[3].strip()] == []
