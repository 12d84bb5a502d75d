"""Make a collection's archive the same wherever it is built: ``python -m tools.reproducible ARCHIVE SECONDS``.

``ansible-galaxy collection build`` writes the time of the build into it, and files in the order in which the file
system lists them. Here they are sorted, and all have one time, that of the commit
(https://reproducible-builds.org/docs/archives/).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

MANIFEST, FILES = "MANIFEST.json", "FILES.json"


def _text(document: object) -> bytes:
    """A document as ansible-galaxy writes it."""
    return json.dumps(document, indent=True).encode()


def normalise(archive: Path, seconds: int) -> str:
    """Write the archive anew, with ``seconds`` since 1970 for every time in it, and return its SHA-256.

    Raises OSError and tarfile.TarError.
    """
    with tarfile.open(archive) as built:
        entries = {entry.name: (entry, built.extractfile(entry) if entry.isfile() else None) for entry in built}
        content = {name: file.read() for name, (_entry, file) in entries.items() if file}
    files = json.loads(content[FILES])
    files["files"].sort(key=lambda one: one["name"])
    content[FILES] = _text(files)
    manifest = json.loads(content[MANIFEST])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(content[FILES]).hexdigest()
    content[MANIFEST] = _text(manifest)
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.PAX_FORMAT) as out:
        # Those two first: who installs it reads them before the rest.
        for name in [MANIFEST, FILES, *sorted(entries.keys() - {MANIFEST, FILES})]:
            entry = entries[name][0]
            entry.mtime, entry.pax_headers = seconds, {}
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            data = content.get(name)
            entry.size = len(data) if data is not None else 0
            out.addfile(entry, io.BytesIO(data) if data is not None else None)
    archive.write_bytes(gzip.compress(whole.getvalue(), mtime=seconds))
    return hashlib.sha256(archive.read_bytes()).hexdigest()


def main(words: Sequence[str]) -> int:
    archive, seconds = words
    print(f"{normalise(Path(archive), int(seconds))}  {archive}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
