"""The files in which sent mail is kept, and the command that reads them."""

from __future__ import annotations

import json

import pytest
from conftest import free_port

from sandbox.__main__ import main
from sandbox.services.ses.mailbox import Mailbox

RAW = b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nFrom: a@t.test\r\n\r\nhello\r\n"


@pytest.fixture
def box(tmp_path):
    return Mailbox(tmp_path)


def test_messages_are_numbered_and_described(box):
    assert box.list() == []
    assert [box.put(RAW, "a@t.test", ["b@t.test"], way="API"), box.put(b"x", "a@t.test", [])] == [1, 2]
    first, second = box.list()
    assert (first["number"], first["subject"], first["recipients"], first["way"]) == (1, "Grüße", ["b@t.test"], "API")
    assert (second["number"], second["subject"], second["bytes"]) == (2, "", 1)
    assert box.raw(1) == RAW
    assert box.raw(3) is None


def test_nobody_else_reads_mail(box, tmp_path):
    box.put(RAW, "a@t.test", ["b@t.test"])
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "mail").iterdir()} == {0o600}


def test_message_without_its_entry_does_not_count(box, tmp_path):
    box.put(RAW, "a@t.test", ["b@t.test"])
    (tmp_path / "mail" / "000002.eml").write_bytes(b"half")
    assert len(box.list()) == 1
    assert box.put(b"whole", "a@t.test", []) == 2
    assert box.raw(2) == b"whole"


@pytest.fixture
def command(api, monkeypatch, capsys):
    def run(*argv: str) -> tuple[int, str, str]:
        code = main(["mail", *argv])
        out = capsys.readouterr()
        return code, out.out, out.err

    for name, value in (("NAME", "unit"), ("HOME", api.settings.home), ("PORT", api.settings.api_port)):
        monkeypatch.setenv(f"RAILYARD_SANDBOX_{name}", str(value))
    return run


def test_command_lists_and_shows_what_was_sent(command, api):
    assert command("list") == (0, "No mail was sent.\n", "")
    mail = api.client("ses")
    mail.verify_email_identity(EmailAddress="a@t.test")
    mail.send_email(
        Source="a@t.test",
        Destination={"ToAddresses": ["b@t.test"]},
        Message={"Subject": {"Data": "hello"}, "Body": {"Text": {"Data": "you"}}},
    )
    code, out, _unused = command("list")
    assert code == 0 and out.split()[-3:] == ["a@t.test", "b@t.test", "hello"]
    (entry,) = json.loads(command("list", "--json")[1])
    assert (entry["subject"], entry["recipients"]) == ("hello", ["b@t.test"])
    assert "Subject: hello" in command("show", "1")[1]
    assert command("show", "2") == (1, "", "There is no message 2; see /railyard/mail.\n")


def test_command_hands_over_mail_from_outside(command, tmp_path):
    file = tmp_path / "message"
    file.write_bytes(RAW)
    code, out, _unused = command("receive", str(file), "--to", "b@t.test")
    assert (code, out) == (0, "b@t.test: left the account\n")
    assert command("receive", str(tmp_path / "none"), "--to", "b@t.test")[0] == 1


def test_command_says_when_nothing_answers(command, monkeypatch):
    monkeypatch.setenv("RAILYARD_SANDBOX_PORT", str(free_port()))
    code, _unused, err = command("list")
    assert code == 3 and "is not up" in err
