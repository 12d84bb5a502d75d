"""A collection's archive is the same wherever and whenever it is built, and says the same of its files."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from tools.reproducible import normalise

GALAXY = "namespace: a\nname: b\nversion: 1.0.0\nreadme: README.md\nauthors: [c]\n"
FILES = {
    "README.md": "b\n",
    "plugins/modules/one.py": "1\n",
    "plugins/modules/two.py": "2\n",
    "roles/r/tasks/main.yml": "---\n",
}


def built(root: Path, names: list[str], seconds: int) -> Path:
    """An archive of files that were made in this order, at this time."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(FILES[name])
        os.utime(root / name, (seconds, seconds))
    (root / "galaxy.yml").write_text(GALAXY)
    galaxy = Path(sys.executable).with_name("ansible-galaxy")
    subprocess.run([galaxy, "collection", "build", "--output-path", root, root], check=True, capture_output=True)
    return root / "a-b-1.0.0.tar.gz"


def test_two_builds_are_one_archive(tmp_path: Path) -> None:
    one = built(tmp_path / "one", list(FILES), 1700000000)
    # In the order in which other file systems may list them.
    two = built(tmp_path / "two", list(reversed(FILES)), 1800000000)
    other = tmp_path / "other.tar.gz"
    shutil.copy(one, other)
    assert normalise(one, 1600000000) == normalise(two, 1600000000) != normalise(other, 1600000001)


def test_it_still_says_what_is_in_it(tmp_path: Path) -> None:
    archive = built(tmp_path / "one", list(FILES), 1700000000)
    normalise(archive, 1600000000)
    with tarfile.open(archive) as whole:
        assert whole.getnames()[:2] == ["MANIFEST.json", "FILES.json"]
        assert {entry.mtime for entry in whole} == {1600000000}
        text = {entry.name: whole.extractfile(entry).read() for entry in whole if entry.isfile()}  # type: ignore[union-attr]
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in text.items()}
    assert json.loads(text["MANIFEST.json"])["file_manifest_file"]["chksum_sha256"] == sums["FILES.json"]
    listed = {
        one["name"]: one["chksum_sha256"] for one in json.loads(text["FILES.json"])["files"] if one["ftype"] == "file"
    }
    assert listed.items() <= sums.items() and listed.keys() >= FILES.keys()
