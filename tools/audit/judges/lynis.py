"""lynis: the hardening index of each server, by a copy of Debian's package that leaves nothing there."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

from tools.audit.place import Place
from tools.audit.verdict import Finding, Verdict
from tools.verbs.trouble import Trouble

#: Least index, of 100; and the least where much cannot be measured, as in a container.
LEAST, LOWEST = 75, 65
#: Where the package keeps its parts, and where they are beside the program in lynis's own archive.
_PARTS = {
    "usr/sbin/lynis": "lynis",
    "usr/share/lynis/include": "include",
    "usr/share/lynis/db": "db",
    "etc/lynis/plugins": "plugins",
    "etc/lynis/default.prf": "default.prf",
}
#: Unpacks what comes by standard input, and runs it from where it stands.
_RUN = """set -eu
place=$(mktemp -d /root/lynis.XXXXXX)
trap 'rm -rf "$place"' EXIT
tar --extract --gzip --no-same-owner --directory "$place"
cd "$place"
./lynis audit system --quick --no-colors --quiet --no-plugins --logfile "$place/log" --report-file "$place/report" >&2
cat "$place/report"
"""


def fetched(work: Path) -> Path:
    """Debian's package, unpacked. Raises Trouble where it cannot be had."""
    folder = work / "lynis"
    if not (folder / "usr/sbin/lynis").exists():
        try:
            _do("apt-get", "download", "-qq", "lynis", folder=work)
            (package,) = work.glob("lynis_*.deb")
            _do("dpkg-deb", "--extract", str(package), str(folder), folder=work)
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            words = str(getattr(error, "stderr", "") or error).strip()
            raise Trouble(
                f"lynis cannot be had from Debian's packages ({words}). Run `apt-get update` on a Debian, or leave it"
                ' out: make audit ARGS="--without lynis"'
            ) from None
    return folder


def _do(*command: str, folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)


def archive(folder: Path) -> bytes:
    """The program and its parts, as lynis runs from a directory of its own."""
    kept = io.BytesIO()
    with tarfile.open(fileobj=kept, mode="w:gz") as tar:
        for source, name in _PARTS.items():
            if (folder / source).exists():
                tar.add(folder / source, name)
    return kept.getvalue()


def verdict(server: str, report: str) -> Verdict:
    """What lynis's report says. Raises ValueError where it has no index."""
    index = re.search(r"^hardening_index=(\d+)$", report, re.MULTILINE)
    if not index:
        raise ValueError(report[-500:])
    warnings = re.findall(r"^warning\[\]=([^|]+)\|([^|]*)", report, re.MULTILINE)
    found = [Finding(f"warning {test}", words) for test, words in warnings]
    suggested = sorted(set(re.findall(r"^suggestion\[\]=([^|]+)\|", report, re.MULTILINE)))
    found += [
        Finding(f"hardening index below {least}", f"{index[1]}; suggests {', '.join(suggested)}")
        for least in (LEAST, LOWEST)
        if int(index[1]) < least
    ]
    return Verdict("lynis", server, f"index {index[1]}", tuple(found))


def judge(place: Place) -> Iterator[Verdict]:
    """The jump host and each web server."""
    packed = archive(fetched(place.work))
    for server in (place.jump, *place.web):
        report = place.ask(server, _RUN, packed)
        (place.work / f"{server.name}.lynis").write_text(report, "utf-8")
        try:
            yield verdict(server.name, report)
        except ValueError as error:
            raise Trouble(f"lynis gave {server.name} no index: {error}") from None
