"""The sandbox on other machines: containers with a kernel's privileges, as examples/machines makes them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.core.settings import PROJECT, Settings
from sandbox.hosts import sources
from sandbox.hosts.engine import Engine

SUITE = "trixie"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
#: What an Ubuntu says of itself; its packages cannot be had everywhere, and the sandbox takes Debian's.
UBUNTU = 'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n'
#: A machine's network, which may not be that of a stack.
NETWORK = "slirp4netns:cidr=192.168.77.0/24"
BUILD = "make sandbox-up ARGS=--require-hosts"
STACK = 'make site ARGS="--tags iam,vpc,security,ec2,jump"'


class Machine:
    """One of them. What it is told is kept: ``say`` returns it, and a failure shows it."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine, self._name = engine, name

    def say(self, command: str, timeout: float = 120) -> str:
        """Run a command in the checkout; returns what it said."""
        argv = ["podman", "exec", self._name, "sh", "-c", command]
        environment = {**os.environ, **self._engine.environment()}
        done = subprocess.run(
            argv,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-6000:]}"
        return done.stdout


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(Settings("machines", tmp_path_factory.mktemp("machines"), 0, "ap-northeast-1"))


@pytest.fixture(scope="module")
def image(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """examples/machines/Containerfile on a Debian like that of the registries, with this machine's package sources."""
    work = tmp_path_factory.mktemp("image")
    lines = work / "sources.list"
    lines.write_text("".join(f"{source}\n" for source in sources.of_release(SUITE)))
    (work / "old").write_text('Acquire::Check-Valid-Until "false";\n')
    base, built = "localhost/railyard-machine-base:test", "localhost/railyard-machine:test"
    subprocess.run(
        ["mmdebstrap", "--mode=root", "--variant=minbase", '--aptopt=Acquire::Check-Valid-Until "false"',
         f"--customize-hook=copy-in {lines} /etc/apt",
         f"--customize-hook=upload {work / 'old'} /etc/apt/apt.conf.d/99old",
         "--customize-hook=rm -rf $1/etc/apt/sources.list.d", "--include=ca-certificates",
         SUITE, str(work / "base.tar"), str(lines)],
        check=True, capture_output=True, timeout=900,
    )  # fmt: skip
    engine.import_image(work / "base.tar", base)
    folder = PROJECT / "examples" / "machines"
    engine.podman(
        *("build", "--network=host", f"--build-arg=DEBIAN={base}", f"--tag={built}"),
        *(f"--file={folder / 'Containerfile'}", str(folder)),
        timeout=900,
    )
    yield built
    engine.podman("rmi", "--force", built, base)


def _checkout(place: Path) -> None:
    """What git tracks, or would."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT, check=True, capture_output=True,
    ).stdout  # fmt: skip
    packed = subprocess.run(
        ["tar", "--create", "--null", "--files-from=-", "--ignore-failed-read"],
        cwd=PROJECT, input=names, check=True, capture_output=True,
    ).stdout  # fmt: skip
    place.mkdir()
    subprocess.run(["tar", "--extract", "--directory", str(place)], input=packed, check=True)


@pytest.fixture(params=["debian-13", "ubuntu"])
def machine(
    request: pytest.FixtureRequest, engine: Engine, image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machine]:
    work = tmp_path_factory.mktemp("machine")
    (work / "cache").mkdir()
    _checkout(work / "railyard")
    mounts = {work / "railyard": "/railyard", work / "cache": "/root/.cache"}
    # As this machine reaches its package index, so does the other.
    pip = Path(os.environ.get("PIP_CONFIG_FILE") or Path.home() / ".config/pip/pip.conf")
    for file, place in ((pip, "/etc/pip.conf"), (AUTHORITIES, AUTHORITIES)):
        mounts |= {file: f"{place}:ro"} if file.is_file() else {}
    name = f"{engine.settings.prefix}-{request.param}"
    variables = {"PIP_CERT": str(AUTHORITIES)}
    if request.param == "ubuntu":
        variables["RAILYARD_SANDBOX_MIRROR"] = sources.of_release(SUITE)[0].uri
    engine.podman(
        *("run", "--detach", "--privileged", "--cgroupns=private", f"--network={NETWORK}", f"--name={name}"),
        *(f"--volume={file}:{place}" for file, place in mounts.items()),
        *(f"--env={key}={value}" for key, value in variables.items()),
        *(image, "sleep", "3600"),
    )
    try:
        made = Machine(engine, name)
        if request.param == "ubuntu":
            made.say(f"rm /etc/os-release && printf '{UBUNTU}' > /etc/os-release")
        yield made
        made.say("make down")
    finally:
        engine.remove(name)


def test_the_sandbox_starts_and_a_server_lets_one_in(machine: Machine) -> None:
    said = machine.say(BUILD, timeout=1800)
    assert "API and hosts" in said, said
    said = machine.say(STACK, timeout=900)
    assert "failed=0" in said and "unreachable=0" in said, said
    assert "jump01" in said
