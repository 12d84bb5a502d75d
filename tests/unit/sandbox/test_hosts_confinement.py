"""A host has the capability that its systemd insists on, and none of the system calls that it is for."""

from __future__ import annotations

import json

import pytest

from sandbox.hosts import confinement

#: As podman's package has it, in short.
PODMANS = {
    "defaultAction": "SCMP_ACT_ERRNO",
    "defaultErrnoRet": 38,
    "syscalls": [
        {"names": ["swapoff", "kexec_load"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "includes": {}, "excludes": {}},
        {"names": ["read", "clone", "clone3", "mount", "unshare"], "action": "SCMP_ACT_ALLOW", "args": []},
        {"names": ["bpf", "setns"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
        {
            "names": ["bpf", "setns"],
            "action": "SCMP_ACT_ERRNO",
            "errnoRet": 1,
            "excludes": {"caps": ["CAP_SYS_ADMIN"]},
        },
        {"names": ["chroot"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_CHROOT"]}},
    ],
}


def rules_for(call: str) -> list[tuple[str, int | None]]:
    """Action and error of each rule that names a system call, whatever its arguments."""
    rules = confinement.profile(PODMANS)["syscalls"]
    return [(rule["action"].removeprefix("SCMP_ACT_"), rule.get("errnoRet")) for rule in rules if call in rule["names"]]


@pytest.mark.parametrize("call", ["mount", "unshare", "setns", "bpf", "swapoff", "open_tree"])
def test_what_the_capability_is_for_is_refused_as_where_it_is_missing(call):
    assert set(rules_for(call)) == {("ERRNO", 1)}


def test_what_is_not_about_the_capability_is_as_podman_has_it():
    assert rules_for("read") == rules_for("chroot") == [("ALLOW", None)]
    assert rules_for("kexec_load") == [("ERRNO", 1)]
    assert confinement.profile(PODMANS)["defaultErrnoRet"] == 38
    by_capability = [rule for rule in confinement.profile(PODMANS)["syscalls"] if "chroot" in rule["names"]]
    assert by_capability[0]["includes"] == {"caps": ["CAP_SYS_CHROOT"]}


def test_processes_are_made_and_namespaces_are_not():
    assert rules_for("clone3") == [("ERRNO", 38)]
    made, *refused = [rule for rule in confinement.profile(PODMANS)["syscalls"] if "clone" in rule["names"]]
    (flags,) = made["args"]
    assert (made["action"], flags["valueTwo"]) == ("SCMP_ACT_ALLOW", 0)
    every = 0
    for rule in refused:
        (flag,) = rule["args"]
        assert (rule["action"], rule["errnoRet"], flag["value"]) == ("SCMP_ACT_ERRNO", 1, flag["valueTwo"])
        every |= flag["value"]
    assert every == flags["value"]


@pytest.mark.parametrize("release", ["bullseye", "bookworm"])
def test_a_release_whose_systemd_asks_for_nothing_gets_nothing(tmp_path, release):
    assert confinement.options(release, tmp_path, (tmp_path / "missing",)) == []
    assert list(tmp_path.iterdir()) == []


def test_profile_is_made_of_the_first_that_the_machine_has(tmp_path):
    missing, there = tmp_path / "etc.json", tmp_path / "usr.json"
    there.write_text(json.dumps(PODMANS))
    file = tmp_path / "home" / "seccomp.json"
    assert confinement.options("trixie", file.parent, (missing, there)) == [
        "--cap-add=SYS_ADMIN",
        f"--security-opt=seccomp={file}",
    ]
    assert json.loads(file.read_text()) == confinement.profile(PODMANS)


def test_machine_without_a_profile_is_told_what_to_install(tmp_path):
    with pytest.raises(RuntimeError, match="trixie is made; run: apt-get install golang-github-containers-common"):
        confinement.options("trixie", tmp_path, (tmp_path / "missing",))
