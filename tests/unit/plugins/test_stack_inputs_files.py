"""Files of this machine and the environment that leads to AWS: what stops a run, and that nothing is touched."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules import files
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.environment import (
    certificates_problem,
    environment_problems,
)
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.files import file_problems, passphrase

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
HOME = {"HOME": "/nowhere"}


def key(folder: Path, *more: str, phrase: str = "", kind: str = "ed25519") -> Path:
    path = folder / "key.pem"
    command = [
        "ssh-keygen",
        "-q",
        "-t",
        kind,
        *(["-b", "1024"] if kind == "rsa" else []),
        "-N",
        phrase,
        "-C",
        "stack",
        "-f",
        str(path),
        *more,
    ]
    subprocess.run(command, check=True)
    return path


def problems(path: Path, generate: bool = True, **environment: str) -> list[str]:
    return file_problems({"railyard_ssh_key_file": str(path), "railyard_ssh_key_generate": generate}, environment)


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
@pytest.mark.parametrize("form", [(), ("-m", "PEM")])
def test_a_passphrase_is_seen_in_every_form_of_a_key(tmp_path: Path, kind: str, form: tuple[str, ...]) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert passphrase(key(tmp_path / "a", *form, kind=kind).read_text()) is False
    assert passphrase(key(tmp_path / "b", *form, kind=kind, phrase="tigertiger").read_text()) is True


@pytest.mark.parametrize("text", ["", "ssh-ed25519 AAAA", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END "])
def test_what_is_no_key_is_none(text: str) -> None:
    assert passphrase(text) is None


def test_a_key_of_one_s_own_is_fine(tmp_path: Path) -> None:
    path = key(tmp_path)
    assert problems(path) == problems(path, generate=False) == []


def test_a_locked_key_names_the_agent(tmp_path: Path) -> None:
    path = key(tmp_path, phrase="tigertiger")
    (problem,) = problems(path)
    assert f"railyard_ssh_key_file is '{path}', which is locked with a passphrase" in problem
    assert f"ssh-add {path}" in problem and "force" not in problem
    assert problems(path, SSH_AUTH_SOCK="/tmp/agent") == []
    Path(f"{path}.pub").unlink()
    (problem,) = problems(path, SSH_AUTH_SOCK="/tmp/agent")
    assert f"ssh-keygen -y -f {path} > {path}.pub" in problem


def test_a_key_that_others_may_read_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    path = key(tmp_path)
    path.chmod(0o644)
    (problem,) = problems(path)
    assert "(mode 0644)" in problem and f"chmod 600 {path}" in problem
    assert path.stat().st_mode & 0o777 == 0o644


def test_the_public_half_is_told_from_the_private_one(tmp_path: Path) -> None:
    path = key(tmp_path)
    (problem,) = problems(Path(f"{path}.pub"))
    assert problem.endswith(f"That is the public half: write {path}.")


def test_a_missing_key_is_made_only_where_that_was_said(tmp_path: Path) -> None:
    assert problems(tmp_path / "new" / "key.pem") == []
    (problem,) = problems(tmp_path / "new" / "key.pem", generate=False)
    assert "where there is no file, and railyard_ssh_key_generate is false" in problem
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["railyard_state_dir", "railyard_ruby_cache_dir"])
def test_directories_that_cannot_be_are_refused(tmp_path: Path, name: str) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("")
    link.symlink_to(tmp_path / "nothing")
    cases = {str(file): "a file", f"{file}/below": "is a file", "state": "no absolute path", str(link): "leads nowhere"}
    for value, why in cases.items():
        (problem,) = file_problems({name: value}, {})
        assert problem.startswith(f"{name} is '{value}'") and why in problem
    assert file_problems({name: str(tmp_path / "new" / "deeper")}, {}) == []
    assert file_problems({name: str(tmp_path)}, {}) == []


def test_a_directory_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr(files, "_uid", lambda: owner + 1000)
    if owner == 0:
        # Root's own directories are everybody's: another's is asked for.
        other = tmp_path / "other"
        other.mkdir()
        os.chown(other, 4711, 4711)
        tmp_path = other
    (problem,) = file_problems({"railyard_state_dir": str(tmp_path)}, {})
    assert "which belongs to another user" in problem and "export RAILYARD_STATE_DIR=" in problem


def test_authorities_have_to_be_certificates(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    assert certificates_problem(str(file)) == "where there is no file"
    for text, why in (("hello", "no certificate in PEM"), (CERTIFICATE[:30], "cut off"), (CERTIFICATE, "")):
        file.write_text(text)
        assert why in certificates_problem(str(file))
    assert "a directory without certificates" in certificates_problem(str(tmp_path))
    (tmp_path / "0123abcd.0").write_text(CERTIFICATE)
    assert certificates_problem(str(tmp_path)) == ""
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        (problem,) = environment_problems({**HOME, name: "/nowhere/ca.pem"})
        assert problem.startswith(f"{name} is '/nowhere/ca.pem'") and f"unset {name}" in problem
        for empty in ("", " "):
            (problem,) = environment_problems({**HOME, name: empty})
            assert problem.startswith(f"{name} is set, but empty") and f"unset {name}" in problem


def test_a_profile_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/config").write_text("[default]\nregion=x\n[profile staging]\n[sso-session corp]\n")
    (tmp_path / ".aws/credentials").write_text("[production]\naws_access_key_id = x\n")
    home = {"HOME": str(tmp_path)}
    for name in ("default", "staging", "production"):
        assert environment_problems({**home, "AWS_PROFILE": name}) == []
    (problem,) = environment_problems({**home, "AWS_PROFILE": "stagin"})
    assert "AWS_PROFILE is 'stagin', which is no profile of this machine; did you mean 'staging'?" in problem
    assert "There are default, staging, production." in problem and "unset AWS_PROFILE" in problem
    assert environment_problems({**home, "AWS_PROFILE": "corp"}) != []


@pytest.mark.parametrize("endpoint", ["localhost:5080", "ftp://127.0.0.1", "http://", "http://a b"])
def test_an_endpoint_has_to_be_an_address(endpoint: str) -> None:
    (problem,) = environment_problems({**HOME, "AWS_ENDPOINT_URL": endpoint})
    assert problem.startswith(f"AWS_ENDPOINT_URL is '{endpoint}'") and "unset AWS_ENDPOINT_URL" in problem


def test_the_sandbox_s_endpoint_is_one() -> None:
    assert environment_problems({**HOME, "AWS_ENDPOINT_URL": "http://127.0.0.1:5080"}) == []
