# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the list of people: names of accounts, public keys, networks that they come from."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import entries, shown, truth
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.app import SYSTEM_USERS
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.networks import ADMIN, LISTS, networks_problems, opens_to_the_world

Inputs = dict[str, Any]

PEOPLE = "railyard_people"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
#: Users and groups that systems bring, beside those that no application can have: an account has a group of its own name.
_RESERVED = {
    *SYSTEM_USERS,
    *("adm", "audio", "backup", "cdrom", "crontab", "cwagent", "dip", "disk", "docker", "ec2-instance-connect", "ftp", "games", "git"),
    *("halt", "input", "irc", "kmem", "kvm", "list", "lp", "man", "news", "operator", "plugdev", "proxy", "puma", "render", "rpc", "shadow"),
    *("shutdown", "src", "ssh", "staff", "sudo", "tape", "tss", "tty", "users", "utmp", "uucp", "video", "voice", "wheel"),
}
_KINDS = (
    *("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    *("sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"),
)
_LEAST_RSA = 2048
_WRITE = "write the line of a .pub file: ssh-ed25519 AAAA... kim@laptop"


def people(inputs: Inputs) -> list[dict[str, Any]]:
    """Entries of the list that have the form of one; of the others their type tells."""
    return [one for one in entries(inputs, PEOPLE) if isinstance(one, dict)]


def addresses(inputs: Inputs) -> list[Any]:
    """The networks of all people."""
    return [network for person in people(inputs) for network in entries(person, "addresses")]


def people_problems(inputs: Inputs) -> list[str]:
    return [*_name_problems(inputs), *_keys_problems(inputs), *_address_problems(inputs), *_own_problems(inputs)]


def _own_problems(inputs: Inputs) -> list[str]:
    """Who logs in from this machine, where it is not the login user, is a person with a key of theirs."""
    user, file = inputs.get("railyard_ssh_user"), Path(str(inputs.get("railyard_ssh_key_file")))
    # Where nobody is listed, there is only the login user, whatever a role calls it.
    if not isinstance(user, str) or not people(inputs) or user == inputs.get("railyard_login_user"):
        return []
    names = [str(one.get("name")) for one in people(inputs)]
    if user not in names:
        return [
            f"railyard_ssh_user is '{shown(user)}', who is not in {PEOPLE} ({', '.join(names)}); put the person on the list and run "
            "`ansible-playbook site.yml` as somebody who is, or for the login user: unset RAILYARD_SSH_USER"
        ]
    if not file.is_file():
        return [
            f"railyard_ssh_key_file is '{file}', where there is no file, and nobody but '{user}' makes that key; write the private key whose public half "
            f"is in {PEOPLE}: export RAILYARD_SSH_KEY_FILE=~/.ssh/id_ed25519"
        ]
    return []


def _name_problems(inputs: Inputs) -> list[str]:
    names = [one["name"] for one in people(inputs) if isinstance(one.get("name"), str)]
    problems = []
    for name in dict.fromkeys(names):
        if not _NAME.fullmatch(name):
            problems.append(
                f"{PEOPLE} has the name '{shown(name)}'; write one of at most 31 small letters, digits, hyphens and underscores that starts with a letter, "
                "such as kim."
            )
        elif name in _RESERVED or name.startswith(("systemd-", "railyard")) or name in (inputs.get("railyard_login_user"), inputs.get("railyard_app_user")):
            problems.append(f"{PEOPLE} has the name '{name}', which is a user or group of the servers themselves; write another, such as {name}-kim.")
        elif names.count(name) > 1:
            problems.append(f"{PEOPLE} has the name '{name}' more than once; write it once, with all keys of the person: ssh_keys is a list.")
    return problems


def _keys_problems(inputs: Inputs) -> list[str]:
    problems: list[str] = []
    owners: dict[str, str] = {}
    for person in people(inputs):
        given, whose = person.get("ssh_keys"), shown(person.get("name"))
        if given == []:
            problems.append(f"{PEOPLE} has '{whose}' without a key, who could not log in; {_WRITE}, or take {whose} off the list.")
        for key in given if isinstance(given, list) else ():
            text = str(key).strip()
            why = key_problem(text)
            if why:
                problems.append(f"{PEOPLE} has for '{whose}' {why}; {_WRITE}.")
                continue
            other = owners.setdefault(" ".join(text.split()[:2]), whose)
            if other != whose:
                problems.append(f"{PEOPLE} has the same key for '{other}' and '{whose}', whom servers could not tell apart; {_WRITE}, one for each.")
    return problems


def key_problem(text: str) -> str:
    """What a text is that should be one public key and no more; empty where it is one. A private key is never shown."""
    if "PRIVATE KEY" in text:
        return "a private key (its text is not shown), which belongs on no server and in no repository"
    if not text.isprintable():
        return f"'{shown(text)}', which has more than one line, or none that can be read"
    words = text.split()
    if words and words[0] in ("ssh-dss", "ssh-dss-cert-v01@openssh.com"):
        return f"'{shown(text)}', a DSA key, which no sshd takes any more"
    if not words or words[0] not in _KINDS:
        if any(word in _KINDS for word in words):
            return f"'{shown(text)}', a key with options before it, which the list does not take"
        return f"'{shown(text)}', which is no public key"
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (IndexError, binascii.Error, ValueError):
        return f"'{shown(text)}', whose second word is no key"
    parts = _parts(blob)
    if not parts or parts[0] != words[0].encode() or len(parts) < 2:
        return f"'{shown(text)}', which is cut off, or no key of the kind that it says"
    bits = int.from_bytes(parts[-1], "big").bit_length()
    if words[0] == "ssh-rsa" and bits < _LEAST_RSA:
        return f"'{shown(text)}', an RSA key of {bits} bits, of which sshd takes {_LEAST_RSA} or more (`ssh-keygen -t ed25519` makes a good one)"
    return ""


def _parts(blob: bytes) -> list[bytes]:
    """The parts of a key, each with its length before it (RFC 4253, 6.6); none where they do not come out even."""
    parts = []
    while blob:
        length = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + length:
            return []
        parts.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return parts


def _address_problems(inputs: Inputs) -> list[str]:
    problems = []
    for person in people(inputs):
        label = f"{PEOPLE} (addresses of {shown(person.get('name'))})"
        problems += networks_problems(label, entries(person, "addresses"), LISTS[ADMIN])
    if problems:
        return problems
    together = [*map(str, entries(inputs, ADMIN)), *map(str, addresses(inputs))]
    # Who has none gets one, as has the run of somebody who is not listed.
    count = len(set(together)) + sum(not one.get("addresses") for one in people(inputs))
    if addresses(inputs) and count > LISTS[ADMIN]:
        problems.append(f"{PEOPLE} and {ADMIN} have together '{count}' addresses, but a security group takes {LISTS[ADMIN]}; write larger networks.")
    if opens_to_the_world(addresses(inputs)) and not truth(inputs.get("railyard_admin_allow_world")):
        listed = ", ".join(map(str, addresses(inputs)[:8]))
        problems.append(
            f"{PEOPLE} has addresses ('{listed}') that open ssh on the jump host to more of the internet than people come from; write those of each, such as "
            "203.0.113.7/32. Should it really be open to all, say so: railyard_admin_allow_world: true"
        )
    return problems
