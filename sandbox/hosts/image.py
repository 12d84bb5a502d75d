"""Images built of Debian's packages. The hosts boot one of them, and load balancers run their proxy from it too."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.core.settings import Settings
from sandbox.hosts import sources
from sandbox.hosts.engine import Engine
from sandbox.network.command import CommandError, run

REPOSITORY = "localhost/railyard-host"

#: The login user that Amazon Linux images promise, so that connection variables do not differ.
USER = "ec2-user"
#: That of every image's login user.
UID = 1000

PACKAGES = (
    "ca-certificates",
    "curl",
    "dbus",
    "haproxy",
    "iproute2",
    "iputils-ping",
    "libpam-systemd",
    "locales",
    "netbase",
    "openssh-server",
    "procps",
    "python3",
    "python3-apt",
    "sudo",
    "systemd",
    "systemd-sysv",
    "tzdata",
    "udev",
)

#: Units that have no work in a container, or that must not start by themselves.
MASKED = (
    "haproxy.service",
    "console-getty.service",
    "getty.target",
    "systemd-networkd-wait-online.service",
    # Where a host has the capability that they look for (confinement.py), they fail all the same.
    "dev-hugepages.mount",
    "dev-mqueue.mount",
    "sys-fs-fuse-connections.mount",
)

#: Files of the image: path → (mode, text).
FILES: Mapping[str, tuple[int, str]] = {
    "etc/ssh/sshd_config.d/50-cloud.conf": (
        0o644,
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin no\nUseDNS no\n",
    ),
    # Each host makes its own keys at first boot; keys in the image would be every host's.
    "usr/lib/systemd/system/ssh.service.d/host-keys.conf": (
        0o644,
        "[Service]\nExecStartPre=\nExecStartPre=/usr/bin/ssh-keygen -A\nExecStartPre=/usr/sbin/sshd -t\n",
    ),
    "etc/systemd/system/user-data.service": (
        0o644,
        """\
[Unit]
Description=Run the instance's user data, once
ConditionPathExists=/var/lib/cloud/user-data
ConditionPathExists=!/var/lib/cloud/user-data.done
After=network.target ssh.service

[Service]
Type=oneshot
ExecStartPre=/usr/bin/touch /var/lib/cloud/user-data.done
ExecStart=/var/lib/cloud/user-data
StandardOutput=append:/var/log/user-data.log
StandardError=inherit

[Install]
WantedBy=multi-user.target
""",
    ),
    "etc/default/locale": (0o644, "LANG=C.UTF-8\n"),
    "etc/hostname": (0o644, "localhost\n"),
    "etc/hosts": (0o644, "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"),
}

#: Run in the new system after its packages and files are there, with the login user as ``$user``.
SETUP = f"""\
rm -f /etc/ssh/ssh_host_* /etc/resolv.conf
useradd --create-home --shell /bin/bash --uid {UID} --user-group $user
install -d -m 700 -o $user -g $user /home/$user/.ssh
install -d -m 755 /var/lib/cloud
systemctl enable user-data.service
systemctl mask {" ".join(MASKED)}
"""


#: Images that this process found, with the storage that they are in: one that was removed and made again is another.
_seen: set[tuple[int, str]] = set()


@dataclass(frozen=True)
class Recipe:
    """What an image is made of, besides the machine's package sources."""

    title: str  # for people
    repository: str
    packages: tuple[str, ...]
    files: Mapping[str, tuple[int, str]]  # path → (mode, text)
    setup: str  # script run in the new system after its packages and files are there

    def name(self, release: str, lines: list[str]) -> str:
        """Image reference; its tag is a digest of everything the image is made of."""
        recipe = repr((release, lines, self.packages, sorted(self.files.items()), self.setup))
        return f"{self.repository}:{release}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"


def of_hosts(user: str = USER) -> Recipe:
    """The hosts' image, with the login user that the AMI promises."""
    files = {"etc/sudoers.d/90-cloud-user": (0o440, f"{user} ALL=(ALL) NOPASSWD:ALL\n"), **FILES}
    return Recipe("hosts' image", REPOSITORY, PACKAGES, files, f"set -eu\nuser={user}\n{SETUP}")


def of_machine(settings: Settings) -> str:
    """Release of Debian that this machine is, or else that servers boot: what is no server is of it, too."""
    return sources.codename() or settings.release


def name(release: str, lines: list[str]) -> str:
    """Reference of the hosts' image."""
    return of_hosts().name(release, lines)


def ensure(
    settings: Settings,
    report: Callable[[str], object] = print,
    recipe: Recipe | None = None,
    release: str | None = None,
) -> str:
    """Return the image's reference, building it first (about half a minute) when the cache does not hold it.

    Without ``recipe`` it is the hosts', without ``release`` the machine's (``of_machine``). Raises
    ``sources.NoSources`` and ``CommandError``.
    """
    recipe = recipe or of_hosts()
    engine = Engine(settings)
    own = of_machine(settings)
    release = release or own
    lines = [str(source) for source in sources.of_release(release)]
    image = recipe.name(release, lines)
    storage = engine.cache / "storage"
    if storage.is_dir() and (storage.stat().st_ino, image) in _seen:
        return image
    if engine.image_exists(image):
        if storage.is_dir():
            _seen.add((storage.stat().st_ino, image))
        return image
    engine.cache.mkdir(parents=True, exist_ok=True)
    with _only_one(engine.cache / "image.lock"):
        if not engine.image_exists(image):
            report(f"Building the {recipe.title} {image} from Debian's packages (once, about half a minute)")
            try:
                _build(engine, image, release, lines, recipe)
            except CommandError as error:
                if release == own:
                    raise
                raise sources.NoSources(
                    f"the {recipe.title} of Debian {release} could not be built from this machine's package sources "
                    f"({'; '.join(lines)}); if they do not have that release, name a source that has it in "
                    "/etc/apt/sources.list.d, or let servers boot this machine's: "
                    f"RAILYARD_SANDBOX_RELEASE={own}. {error}"
                ) from error
    return image


def _build(engine: Engine, image: str, release: str, lines: list[str], recipe: Recipe) -> None:
    work = engine.cache / "build"
    shutil.rmtree(work, ignore_errors=True)
    overlay = work / "files"
    for path, (mode, text) in recipe.files.items():
        file = overlay / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
    (overlay / "root").mkdir(parents=True)
    setup = overlay / "root" / "setup.sh"
    setup.write_text(recipe.setup)
    mirrors = work / "sources.list"
    mirrors.write_text("\n".join(lines) + "\n")
    tar = work / "image.tar"
    run(
        [
            "mmdebstrap",
            "--mode=root",
            "--variant=minbase",
            f"--include={','.join(recipe.packages)}",
            # The machine's date may be far from the mirror's snapshot.
            '--aptopt=Acquire::Check-Valid-Until "false"',
            "--dpkgopt=path-exclude=/usr/share/doc/*",
            "--dpkgopt=path-exclude=/usr/share/man/*",
            f"--customize-hook=sync-in {overlay} /",
            '--customize-hook=chroot "$1" sh /root/setup.sh',
            '--customize-hook=rm "$1/root/setup.sh"',
            release,
            str(tar),
            str(mirrors),
        ],
        timeout=900,
    )
    engine.import_image(tar, image)
    shutil.rmtree(work)


@contextlib.contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Sandboxes share the cache: the second waits and finds the image made."""
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
