"""Files in directories that a service owns: what it plants there leads root nowhere."""

from __future__ import annotations

import os

import pytest

from sandbox.core.files import copy_private, private_directory, read, write_if_changed


@pytest.fixture
def precious(tmp_path):
    file = tmp_path / "precious"
    file.write_text("as it was")
    return file


def test_planted_links_are_replaced_and_their_targets_stay(tmp_path, precious):
    target = tmp_path / "file"
    for name in ("file", f".file.{os.getpid()}"):
        (tmp_path / name).symlink_to(precious)
    assert read(target) is None
    assert write_if_changed(target, "new", mode=0o600)
    assert precious.read_text() == "as it was" and not target.is_symlink()
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("new", 0o600)


def test_a_link_is_not_copied_from(tmp_path, precious):
    (tmp_path / "dump").symlink_to(precious)
    with pytest.raises(OSError):
        copy_private(tmp_path / "dump", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_link_is_no_directory_of_ours(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (tmp_path / "run").symlink_to(elsewhere)
    with pytest.raises(OSError):
        private_directory(tmp_path / "run")
    assert elsewhere.stat().st_mode & 0o777 == 0o755


def test_directory_is_closed_to_others_also_one_that_was_open(tmp_path):
    for name in ("old", "new"):
        if name == "old":
            (tmp_path / name).mkdir(mode=0o755)
        private_directory(tmp_path / name)
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o700


def test_line_ends_are_compared_as_they_are(tmp_path):
    file = tmp_path / "502.http"
    assert [write_if_changed(file, "a\r\nb\r\n"), write_if_changed(file, "a\r\nb\r\n")] == [True, False]
    assert file.read_bytes() == b"a\r\nb\r\n"
