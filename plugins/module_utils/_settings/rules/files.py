# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with files and directories of this machine. Nothing of them is changed: not even a mode."""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import shown, truth
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.environment import certificates_problem

Inputs = dict[str, Any]

STATE, KEY, HOSTS, AUTHORITIES, RUBIES, SMOKE_TEST = (
    "railyard_state_dir",
    "railyard_ssh_key_file",
    "railyard_ssh_known_hosts",
    "railyard_ca_file",
    "railyard_ruby_cache_dir",
    "railyard_smoke_test",
)
_DIRECTORIES = {"railyard_ssh_dir": "/home/ada/.ssh", "app_archives": "/home/ada/.cache/railyard/releases"}
_BEGIN = re.compile(r"-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY-----\s(.*?)-----END ", re.DOTALL)


def file_problems(inputs: Inputs, environment: Mapping[str, str]) -> list[str]:
    """Problems of all files that the inputs name."""
    return [
        *_state_problems(inputs),
        *_cache_problems(inputs),
        *_directory_problems(inputs),
        *_key_problems(inputs, environment),
        *_hosts_problems(inputs),
        *_authority_problems(inputs),
        *_smoke_test_problems(inputs),
    ]


def _uid() -> int:
    return os.geteuid()


def directory_problem(path: Path) -> str:
    """Why files cannot be kept in a directory, which is made where it is missing; empty where they can."""
    if not path.is_absolute():
        return "which is no absolute path"
    try:
        if path.is_symlink() and not path.exists():
            return "a link that leads nowhere"
        if path.exists():
            if not path.is_dir():
                return "a file, no directory"
            # Who owns it could put other keys there. Root's own are everybody's.
            if path.stat().st_uid not in (_uid(), 0) and _uid() != 0:
                return "which belongs to another user"
            return "" if os.access(path, os.W_OK | os.X_OK) else "in which this user may not write"
        parent = next(one for one in path.parents if one.exists())
    except OSError as error:
        return f"which cannot be looked at ({error.strerror})"
    if not parent.is_dir():
        return f"which cannot be made, as {parent} is a file"
    return "" if os.access(parent, os.W_OK | os.X_OK) else f"which cannot be made, as this user may not write in {parent}"


def _state_problems(inputs: Inputs) -> list[str]:
    if STATE not in inputs:
        return []
    why = directory_problem(Path(str(inputs[STATE])))
    return [f"{STATE} is '{shown(inputs[STATE])}', {why}; write a directory of your own: export RAILYARD_STATE_DIR=~/.config/railyard"] if why else []


def _cache_problems(inputs: Inputs) -> list[str]:
    given = str(inputs.get(RUBIES) or "")
    why = directory_problem(Path(given)) if given else ""
    return [f"{RUBIES} is '{shown(given)}', {why}; write a directory of your own, or for none: unset RAILYARD_RUBY_CACHE_DIR"] if why else []


def _directory_problems(inputs: Inputs) -> list[str]:
    """Directories in which other commands of people write too."""
    found = [(name, example, directory_problem(Path(str(inputs[name])))) for name, example in _DIRECTORIES.items() if inputs.get(name) is not None]
    return [f"{name} is '{shown(inputs[name])}', {why}; write a directory of your own in full, such as {example}." for name, example, why in found if why]


def passphrase(text: str) -> bool | None:
    """Whether a private key is locked with a passphrase; None for what is no private key at all."""
    found = _BEGIN.search(text)
    if not found:
        return None
    kind, body = found[1].strip(), found[2]
    if kind == "ENCRYPTED" or "Proc-Type: 4,ENCRYPTED" in body:
        return True
    if kind != "OPENSSH":
        return False
    try:
        raw = base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    # PROTOCOL.key of OpenSSH: a magic word, then the length and the name of the cipher.
    magic = b"openssh-key-v1\0"
    if not raw.startswith(magic):
        return None
    length = int.from_bytes(raw[len(magic) : len(magic) + 4], "big")
    return raw[len(magic) + 4 :][:length] != b"none"


def _key_problems(inputs: Inputs, environment: Mapping[str, str]) -> list[str]:
    given = inputs.get(KEY)
    if given is None:
        return []
    path = Path(str(given))
    own = "put your private key there, or write another path"
    try:
        if not path.is_absolute():
            return [f"{KEY} is '{shown(given)}', which is no absolute path; write one such as {path.expanduser().absolute()}."]
        if path.exists():
            return _existing_key_problems(path, environment, own)
    except OSError as error:
        return [f"{KEY} is '{shown(given)}', which cannot be looked at ({error.strerror}); {own}."]
    if not truth(inputs.get("railyard_ssh_key_generate")):
        return [
            f"{KEY} is '{given}', where there is no file, and railyard_ssh_key_generate is false; "
            "put your private key there, or let one be made with railyard_ssh_key_generate: true"
        ]
    why = directory_problem(path.parent)
    return [f"{KEY} is '{shown(given)}', whose directory is one {why}; write another path, such as ~/.config/railyard/key.pem in full."] if why else []


def _existing_key_problems(path: Path, environment: Mapping[str, str], own: str) -> list[str]:
    if not path.is_file():
        return [f"{KEY} is '{path}', which is a directory; write the file in it."]
    if not os.access(path, os.R_OK):
        return [f"{KEY} is '{path}', which this user may not read; {own}."]
    locked = passphrase(path.read_bytes().decode("latin-1"))
    if locked is None:
        half = f" That is the public half: write {path.with_suffix('')}." if path.suffix == ".pub" else ""
        return [f"{KEY} is '{path}', in which there is no private key that ssh knows; {own}.{half}"]
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return [f"{KEY} is '{path}', which others may read (mode {mode:04o}), so that ssh refuses it: chmod 600 {path}"]
    if locked and not environment.get("SSH_AUTH_SOCK"):
        return [
            f"{KEY} is '{path}', which is locked with a passphrase that nobody can type during a run; unlock it in an agent and run this again: "
            f'eval "$(ssh-agent)" && ssh-add {path}'
        ]
    if locked and not Path(f"{path}.pub").is_file():
        return [f"{KEY} is '{path}', which is locked with a passphrase, and {path}.pub is missing, by which AWS knows it: ssh-keygen -y -f {path} > {path}.pub"]
    return []


def _hosts_problem(path: Path) -> str:
    try:
        if path.is_dir():
            return "which is a directory"
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            return "which this user may not write"
    except OSError as error:
        return f"which cannot be looked at ({error.strerror})"
    why = directory_problem(path.parent)
    return f"whose directory is one {why}" if why else ""


def _hosts_problems(inputs: Inputs) -> list[str]:
    given = inputs.get(HOSTS)
    if given is None:
        return []
    why = _hosts_problem(Path(str(given)))
    return [f"{HOSTS} is '{shown(given)}', {why}; write a file of your own, or leave it out."] if why else []


def _authority_problems(inputs: Inputs) -> list[str]:
    given = str(inputs.get(AUTHORITIES) or "")
    why = certificates_problem(given) if given else ""
    if not why:
        return []
    return [f"{AUTHORITIES} is '{shown(given)}', {why}; write a file of certificates in PEM, or for those that this machine trusts: unset RAILYARD_CA_FILE"]


def _smoke_test_problems(inputs: Inputs) -> list[str]:
    given = str(inputs.get(SMOKE_TEST) or "")
    if not given or (Path(given).is_absolute() and (Path(given) / "tasks" / "main.yml").is_file()):
        return []
    return [
        f"{SMOKE_TEST} is '{shown(given)}', which is no directory of a role; write the whole path of one with a tasks/main.yml, such as that of "
        "examples/sample_app_smoke_test, or nothing"
    ]
