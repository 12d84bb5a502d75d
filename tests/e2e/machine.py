"""What a sandbox has on this machine, listed by the machine's own tools."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from sandbox.core.settings import Settings
from sandbox.hosts.engine import INSTANCE_LABEL, Engine
from tests.e2e.lab import Lab


def settings(lab: Lab) -> Settings:
    """How the sandbox names its parts."""
    return Settings.from_environment(lab.environment)


def containers(lab: Lab) -> dict[str, str]:
    """Ids of the sandbox's containers by name, whether they run or not."""
    engine = Engine(settings(lab), cache=Path(lab.environment["RAILYARD_SANDBOX_CACHE"]))
    return {container.name: container.id for container in engine.containers()}


def hosts(lab: Lab) -> set[str]:
    """Names of the containers that stand for servers."""
    engine = Engine(settings(lab), cache=Path(lab.environment["RAILYARD_SANDBOX_CACHE"]))
    return {container.name for container in engine.containers(INSTANCE_LABEL)}


def roots(lab: Lab) -> dict[str, Path]:
    """Where the machine sees the file systems of the running servers, by the servers' host names."""
    engine = Engine(settings(lab), cache=Path(lab.environment["RAILYARD_SANDBOX_CACHE"]))
    names = {server["InstanceId"]: name for name, server in lab.account().servers().items()}
    hosts = [one for one in engine.containers(INSTANCE_LABEL) if one.running]
    return {names[one.labels[INSTANCE_LABEL]]: Path(f"/proc/{one.pid}/root") for one in hosts}


def namespaces(lab: Lab) -> set[str]:
    """Network namespaces that carry the sandbox's name."""
    listed = subprocess.run(["ip", "-json", "netns", "list"], check=True, capture_output=True, text=True).stdout
    return {entry["name"] for entry in json.loads(listed or "[]") if entry["name"].startswith(settings(lab).prefix)}


def tables(lab: Lab) -> set[str]:
    """nftables tables in the controller's namespace that carry the sandbox's name."""
    listed = subprocess.run(["nft", "-json", "list", "tables"], check=True, capture_output=True, text=True).stdout
    found = {entry["table"]["name"] for entry in json.loads(listed)["nftables"] if "table" in entry}
    return {name for name in found if name.startswith(settings(lab).guard_table)}


def processes(lab: Lab) -> dict[int, str]:
    """Command lines, by process id, of everything that runs for the sandbox outside its containers."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            environment = (entry / "environ").read_bytes().decode("utf-8", "replace").split("\0")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        of_daemon = "sandbox.daemon" in words and f"RAILYARD_SANDBOX_HOME={lab.sandbox_home}" in environment
        if of_daemon or settings(lab).prefix in words or str(lab.sandbox_home) in words:
            found[int(entry.name)] = words
    return found


def everything(lab: Lab) -> dict[str, object]:
    """All of the above and the sandbox's files, without what is empty."""
    listed: dict[str, object] = {
        "containers": containers(lab),
        "namespaces": namespaces(lab),
        "tables": tables(lab),
        "processes": processes(lab),
        "files": [str(lab.sandbox_home)] if lab.sandbox_home.exists() else [],
    }
    return {kind: found for kind, found in listed.items() if found}
