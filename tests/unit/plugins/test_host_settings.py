"""What other files on a server say, and which of it would win."""

from __future__ import annotations

import glob
import os
from pathlib import Path

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._host import sshd, units
from ansible_collections.railyard.aws.plugins.modules import overriding_lines

OURS = "/etc/ssh/sshd_config.d/50-ours.conf"
WANTED = {"passwordauthentication": "no", "allowusers": "ec2-user", "maxsessions": "40"}
OUR_TEXT = """\
PasswordAuthentication no
AllowUsers ec2-user
MaxSessions 40
Match User app
  MaxSessions 1
Match all
"""
CONDITIONS = """\
MaxSessions 2
Include /etc/ssh/sshd_config.d/*.conf
Match User x
MaxSessions 3
Match all
MaxSessions 4
"""


def overridden(monkeypatch, files: dict[str, str]) -> list[str]:
    """Which lines win over ours, as `name:line`. ``files`` are by their names below /etc/ssh."""
    texts = {f"/etc/ssh/{name}": text for name, text in files.items()} | {OURS: OUR_TEXT}
    texts.setdefault("/etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\nX11Forwarding yes\n")

    def found(pattern: str) -> list[str]:
        return [path for path in texts if glob.fnmatch.fnmatch(path, pattern)]

    monkeypatch.setattr(sshd.glob, "glob", found)
    lines = list(sshd.lines_of("/etc/ssh/sshd_config", lambda path: texts[path]))
    assert sshd.is_reached(lines, OURS)
    return [f"{os.path.basename(line.file)}:{line.number + 1}" for line in sshd.overriding(lines, OURS, WANTED)]


@pytest.mark.parametrize(
    ("files", "wins"),
    [
        ({}, []),
        ({"sshd_config.d/00-hand.conf": "# a comment\nPasswordAuthentication yes\n"}, ["00-hand.conf:2"]),
        ({"sshd_config.d/00-hand.conf": "passwordauthentication = yes\n"}, ["00-hand.conf:1"]),
        ({"sshd_config.d/00-hand.conf": "PasswordAuthentication no\nBanner none\n"}, []),
        ({"sshd_config.d/99-late.conf": "PasswordAuthentication yes\n"}, []),
        ({"sshd_config.d/99-late.conf": "AllowUsers mallory\n"}, ["99-late.conf:1"]),
        ({"sshd_config.d/99-late.conf": "Match User x\n  MaxSessions 2\n  PermitTTY no\n"}, ["99-late.conf:2"]),
        ({"sshd_config.d/00-hand.conf": "Include /etc/ssh/hidden\n", "hidden": "MaxSessions 2\n"}, ["hidden:1"]),
        ({"sshd_config": CONDITIONS}, ["sshd_config:1", "sshd_config:4"]),
        ({"sshd_config.d/00-hand.conf": "Match User x\n", "sshd_config.d/10-next.conf": "Banner none\n"}, []),
    ],
)
def test_lines_that_win_over_ours(monkeypatch, files, wins):
    assert overridden(monkeypatch, files) == wins


def test_a_file_within_a_condition_or_of_no_include_is_not_reached():
    texts = {"/etc/ssh/sshd_config": "MaxSessions 2\n"}
    assert not sshd.is_reached(list(sshd.lines_of("/etc/ssh/sshd_config", texts.__getitem__)), OURS)
    inside = [sshd.Line(OURS, 0, "maxsessions", "40", "User x")]
    assert not sshd.is_reached(inside, OURS)


def test_a_circle_of_includes_ends(monkeypatch):
    monkeypatch.setattr(sshd.glob, "glob", lambda pattern: [pattern])
    lines = list(sshd.lines_of("/a", lambda path: "Include /a\n"))
    assert len(lines) == sshd.MOST_DEPTH + 1


def test_a_line_is_taken_out_and_the_rest_stays():
    assert sshd.without("One 1\n  Two 2\nThree 3\n", [1]) == f"One 1\n{sshd.TAKEN_OUT}Two 2\nThree 3\n"


RULE = {
    "own": "/etc/sudoers.d/60-ours",
    "files": [],
    "lines": [r"\s*%?app\s"],
    "allowed": [r"\s*app\s+ALL=\(root\) /bin/true$"],
    "later": True,
    "comment": "#",
}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("other ALL=(ALL) ALL\n", []),
        ("app ALL=(ALL) ALL\n", [1]),
        ("%app ALL=(ALL) ALL\n\n# app\n", [1]),
        ("app ALL=(root) /bin/true\n", []),
        ("app ALL=(root) /bin/a, \\\n  /bin/b, \\\n  /bin/c\nother ALL=ALL\n", [1, 2, 3]),
        ("other ALL=(root) /bin/a, \\\n  /bin/b\n", []),
    ],
)
def test_lines_of_other_files(text, numbers):
    after, found = overriding_lines.taken_out(text, RULE)
    assert found == numbers
    assert after.count("\n") == text.count("\n")
    assert overriding_lines.taken_out(after, RULE)[1] == []
    assert not [line for number, line in enumerate(after.splitlines(), 1) if number in numbers and line.endswith("\\")]


def test_only_later_files_win_where_the_last_counts(tmp_path: Path, run_module):
    for name in ("10-early", "60-ours", "99-late"):
        (tmp_path / name).write_text("app x\n")
    (tmp_path / "99-late").chmod(0o440)
    (tmp_path / "99-link").symlink_to("99-late")
    rule = {**RULE, "own": str(tmp_path / "60-ours"), "files": [f"{tmp_path}/*"]}
    plan = run_module(overriding_lines, check=True, rules=[rule])
    assert plan["changed"] and plan["overridden"] == [f"{tmp_path}/99-late:1"]
    assert (tmp_path / "99-late").read_text() == "app x\n"
    assert run_module(overriding_lines, rules=[rule], kept_files=[f"{tmp_path}/99-late"])["changed"] is False
    assert run_module(overriding_lines, rules=[rule])["changed"] is True
    assert run_module(overriding_lines, rules=[rule])["changed"] is False
    assert (tmp_path / "99-late").stat().st_mode & 0o777 == 0o440
    assert (tmp_path / "10-early").read_text() == (tmp_path / "60-ours").read_text() == "app x\n"
    assert len(run_module(overriding_lines, rules=[{**rule, "later": False}])["overridden"]) == 1


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch) -> Path:
    """A root of systemd's directories, a package's unit in it."""
    for name in ("BY_HAND", "BY_PACKAGES"):
        monkeypatch.setattr(units, name, tuple(f"{tmp_path}{path}" for path in getattr(units, name)))
    for path in ("etc/systemd/system", "run/systemd/system", "usr/lib/systemd/system"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "usr/lib/systemd/system/a.service").write_text("")
    return tmp_path


def test_a_mask_and_a_file_in_a_units_place_count_and_an_alias_does_not(systemd):
    etc, run = systemd / "etc/systemd/system/a.service", systemd / "run/systemd/system/a.service"
    assert units.replacements("a.service", None) == []
    etc.symlink_to(systemd / "usr/lib/systemd/system/a.service")
    run.symlink_to("/dev/null")
    assert units.replacements("a.service", None) == [str(run)]
    etc.unlink()
    etc.write_text("")
    assert units.replacements("a.service", None) == [str(etc), str(run)]
    # A file of a role's own wins over what is at run time, unless it is a mask itself.
    assert units.replacements("a.service", str(etc)) == []
    etc.unlink()
    etc.symlink_to("/dev/null")
    assert units.replacements("a.service", str(etc)) == [str(etc), str(run)]


def test_drop_ins_of_a_unit_of_its_beginnings_and_of_its_kind_count(systemd):
    for name in ("a-b.service.d", "a-.service.d", "service.d", "b.service.d", "a-b.timer.d"):
        (systemd / "etc/systemd/system" / name).mkdir()
        (systemd / "etc/systemd/system" / name / "x.conf").write_text("")
        (systemd / "etc/systemd/system" / name / "x.conf.aside-1").write_text("")
    found = [Path(path).parent.name for path in units.drop_ins_by_hand("a-b.service")]
    assert found == ["a-b.service.d", "a-.service.d", "service.d"]
