"""The environment of the application: typed once, quoted so that systemd and shells read the same, never shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.filter.environment_file import environment_file
from ansible_collections.railyard.aws.plugins.module_utils._deploy.environment import problems
from ansible_collections.railyard.aws.plugins.module_utils._deploy.secrets import without_secrets

PROJECT = Path(__file__).resolve().parents[3]

VALUES = {
    "PLAIN": "shop",
    "EMPTY": "",
    "QUOTES": "a \"double\" and a 'single' one",
    "DOLLAR": "$HOME ${HOME} $(id) $$",
    "TICKS": "`id`",
    "BACKSLASH": r"\n \\ \$ C:\dir" + "\\",
    "LINES": "-----BEGIN KEY-----\nabc\n\n-----END KEY-----\n",
    "BLANKS": "  around\tit  ",
    "MARKS": "#no !comment ;here %h %% & | * ? ~ = [x] {y}",
    "KOREAN": "가나다 ü",
    "YES": True,
    "NO_": False,
    "NUMBER": 42,
}
MEANT = {**VALUES, "YES": "true", "NO_": "false", "NUMBER": "42"}


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_a_shell_reads_what_was_given(shell: str, tmp_path: Path) -> None:
    file = tmp_path / "app.env"
    file.write_text(environment_file(VALUES), "utf-8")
    read = subprocess.run(
        [shell, "-euac", f". {file}; exec env -0"], env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=True
    )
    found = dict(entry.split("=", 1) for entry in read.stdout.decode().split("\0") if "=" in entry)
    assert {name: found.get(name) for name in MEANT} == MEANT


def systemd_reads(text: str) -> dict[str, str]:
    """What systemd makes of double-quoted values (systemd.exec(5), EnvironmentFile=): a backslash takes the meaning of
    a double quote, a backslash, a backtick and a dollar, joins lines, and stays before all else."""
    found, position = {}, 0
    while position < len(text):
        equals = text.index('="', position)
        name, value, at = text[position:equals], "", equals + 2
        while text[at] != '"':
            if text[at] == "\\":
                at += 1
                value += {"\n": ""}.get(text[at], text[at] if text[at] in '"\\`$' else "\\" + text[at])
            else:
                value += text[at]
            at += 1
        assert text[at + 1] == "\n"
        found[name], position = value, at + 2
    return found


def test_systemd_reads_what_was_given() -> None:
    assert systemd_reads(environment_file(VALUES)) == MEANT


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"C": None}, 'C is null; write C: "" for an empty value, or leave it out.'),
        ({"E": 1.1}, "E is 1.1, and how it was written is lost"),
        ({False: "x"}, "A name is false, which YAML made of a word such as 'OFF'"),
        ({True: "x"}, "'ON'"),
        ({"WRONG NAME": "x"}, "'WRONG NAME' is no name of a variable"),
        ({"9LIVES": "x"}, "'9LIVES' is no name"),
        ({"": "x"}, "'' is no name"),
        ({"A\n": "x"}, "is no name"),
        ({8080: "x"}, "'8080' is no name"),
        ({"UID": "0"}, "UID is a variable that bash lets nobody set"),
        ({"L": ["a"]}, "L is a list; write a text in quotes"),
        ({"M": {"a": 1}}, "M is a dictionary"),
        ({"D": yaml.safe_load("2026-01-01")}, "D is a date"),
        ({"T": yaml.safe_load("2026-01-01 10:00:00")}, "T is a date"),
        ({"B": "bell\a"}, "B has the control character '\\x07'"),
        ({"R": "dos\r\n"}, "R has the control character '\\r'"),
        ({"N": "\0"}, "N has the control character"),
        ({"LONG": "ü" * 65534}, "LONG has 131073 bytes with its value"),
        (["A=1"], "It is a list; write names and values"),
        ("A=1", "It is a str"),
    ],
)
def test_what_an_environment_cannot_hold_is_named(variables: Any, says: str) -> None:
    found = problems(variables)
    assert len(found) == 1 and says in found[0]
    with pytest.raises(AnsibleFilterError, match="."):
        environment_file(variables)


def test_the_longest_value_that_a_program_starts_with_is_taken() -> None:
    value = "x" * (131071 - len("LONG="))
    assert problems({"LONG": value}) == []
    subprocess.run(["/bin/true"], env={"LONG": value}, check=True)
    with pytest.raises(OSError, match="Argument list too long"):
        subprocess.run(["/bin/true"], env={"LONG": f"{value}x"}, check=True)
    assert "LONG has 131072 bytes" in problems({"LONG": f"{value}x"})[0]


def test_a_refused_value_is_not_shown() -> None:
    assert "hunter2" not in " ".join(problems({"PASSWORD": "hunter2\a", "LIST": ["hunter2"], "x y": "hunter2"}))


def test_numbers_that_yaml_has_eaten_are_named_as_they_were_written(tmp_path: Path) -> None:
    playbook = tmp_path / "playbook.yml"
    playbook.write_text(
        """
- hosts: localhost
  gather_facts: false
  vars:
    given: {A: true, D: 0755, E: 1.10, F: 12:30, G: 1_000, H: 0x1F,
            GOOD: 2, ALSO: 1.5, TEXT: "0755", COUNT: "{{ 1 + 1 }}"}
  tasks:
    - ansible.builtin.copy:
        content: "{{ given | railyard.aws.environment_problems | join('\\n') }}"
        dest: "{{ playbook_dir }}/said"
        mode: "0644"
"""
    )
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", "localhost,", "-c", "local", playbook],
        env={"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = (tmp_path / "said").read_text().splitlines()
    assert [line.split()[0] for line in said] == ["D", "E", "F", "G", "H"]
    for line, written in zip(said, ("0755", "1.10", "12:30", "1_000", "0x1F"), strict=True):
        assert f"written as {written}" in line and f': "{written}".' in line


def test_secrets_of_the_environment_are_redacted() -> None:
    secret = 'pa"ss$word`x\\y'
    file = environment_file(
        {"SECRET_KEY_BASE": secret, "RAILS_ENV": "production", "A_KEY": "first line\nsecond line", "A_TOKEN": "abc"}
    )
    journal = {
        f"key {secret} in production": "key *** in production",
        "second line": "***",
        "Mysql2: mysql2://shop:hunter22@db.home/shop failed": "Mysql2: mysql2://***@db.home/shop failed",
        "abc https://db.home/a:b@c": "abc https://db.home/a:b@c",
        'Ruby says "pa\\"ss$word`x\\\\y"': 'Ruby says "***"',
    }
    assert without_secrets("\n".join(journal), file).splitlines() == list(journal.values())


def test_an_environment_that_is_none_of_ours_is_redacted_too() -> None:
    assert without_secrets("it's hunter22", "DB_PASSWORD=hunter22\nNOTE=it's\n") == "it's ***"
