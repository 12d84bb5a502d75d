"""The image's name follows its recipe; the engine's settings fit the process that uses them."""

from __future__ import annotations

import json
import resource
import tomllib
from pathlib import Path

import pytest

from sandbox import assembly
from sandbox.core import teardown
from sandbox.core.settings import Settings
from sandbox.hosts import image
from sandbox.hosts.engine import Engine, cache_directory, write_if_changed
from sandbox.network.command import CommandError

LINES = ["deb http://mirror.example/debian bookworm main"]


@pytest.fixture
def engine(tmp_path):
    return Engine(Settings("t", tmp_path / "home", 0, "ap-northeast-1"), cache=tmp_path / "cache")


def test_same_recipe_same_name():
    assert image.name("bookworm", LINES) == image.name("bookworm", list(LINES))


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("PACKAGES", ("systemd",)), ("FILES", {"etc/motd": (0o644, "hello\n")}), ("SETUP", "true\n")],
)
def test_changed_recipe_is_another_image(monkeypatch, attribute, value):
    before = image.name("bookworm", LINES)
    monkeypatch.setattr(image, attribute, value)
    assert image.name("bookworm", LINES) != before


def test_another_mirror_is_another_image():
    assert image.name("bookworm", LINES) != image.name("bookworm", ["deb http://other.example bookworm main"])


def test_image_in_the_cache_is_not_built_again(engine, monkeypatch):
    monkeypatch.setattr(image, "Engine", lambda settings: engine)
    monkeypatch.setattr(engine, "image_exists", lambda reference: True)
    monkeypatch.setattr(image.sources, "codename", lambda: "bookworm")
    monkeypatch.setattr(image.sources, "of_release", lambda release: LINES)
    assert image.ensure(engine.settings, pytest.fail) == image.name("bookworm", LINES)


def test_another_login_user_is_another_image():
    assert image.of_hosts("admin").name("bookworm", LINES) != image.name("bookworm", LINES)


@pytest.fixture
def builds(engine, monkeypatch):
    """Command lines of the builds that an empty cache asks for, on a Debian 12 whose sources name only its release."""
    asked = []
    monkeypatch.setattr(image, "Engine", lambda settings: engine)
    monkeypatch.setattr(engine, "image_exists", lambda reference: False)
    monkeypatch.setattr(engine, "import_image", lambda tar, reference: None)
    monkeypatch.setattr(image.sources, "codename", lambda: "bookworm")
    own = [image.sources.Source("http://mirror.example/debian", "bookworm", ("main",), None)]

    def of_machine(release, directory):
        if release != "bookworm":
            raise image.sources.NoSources(release)
        return own

    monkeypatch.setattr(image.sources, "of_machine", of_machine)
    monkeypatch.setattr(image, "run", lambda argv, timeout: asked.append([*argv, Path(argv[-1]).read_text()]))
    return asked


@pytest.mark.parametrize(("release", "built"), [(None, "bookworm"), ("trixie", "trixie")])
def test_image_is_built_of_the_release_that_is_asked_for(engine, builds, release, built):
    said = []
    reference = image.ensure(engine.settings, said.append, image.of_hosts("admin"), release)
    assert reference.startswith(f"{image.REPOSITORY}:{built}-")
    assert reference in said[0]
    [argv] = builds
    assert argv[-4] == built
    assert argv[-1] == f"deb http://mirror.example/debian {built} main\n"


def test_release_that_the_mirror_lacks_is_told_with_what_was_tried(engine, builds, monkeypatch):
    def fails(argv, timeout):
        raise CommandError(argv, 25, "E: The repository does not have a Release file")

    monkeypatch.setattr(image, "run", fails)
    with pytest.raises(
        image.sources.NoSources,
        match=r"Debian trixie .*/debian trixie main.*name a source .*/etc/apt/sources.list.d.*Release file",
    ):
        image.ensure(engine.settings, str, release="trixie")
    with pytest.raises(CommandError, match="Release file"):
        image.ensure(engine.settings, str)


@pytest.mark.parametrize(("hard", "files"), [(1024, 1024), (20000, 20000), (resource.RLIM_INFINITY, 65536)])
def test_limits_need_no_capability(engine, monkeypatch, hard, files):
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (hard, hard))
    path = engine.environment()["CONTAINERS_CONF"]
    with open(path, "rb") as stream:
        settings = tomllib.load(stream)
    assert f"nofile={files}:{files}" in settings["containers"]["default_ulimits"]
    assert settings["engine"]["runtime"] == "runc"


def test_storage_is_in_the_cache_and_what_a_reboot_loses_is_not(engine):
    with open(engine.environment()["CONTAINERS_STORAGE_CONF"], "rb") as stream:
        storage = tomllib.load(stream)["storage"]
    assert storage["graphroot"] == f"{engine.cache}/storage"
    assert storage["runroot"].startswith("/run/railyard-sandbox/")


def test_cache_can_be_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setenv("RAILYARD_SANDBOX_CACHE", str(tmp_path))
    assert cache_directory() == tmp_path
    monkeypatch.delenv("RAILYARD_SANDBOX_CACHE")
    assert cache_directory().parts[-2:] == (".cache", "railyard-sandbox")


def test_a_sandbox_that_is_up_is_found_where_it_began(monkeypatch, tmp_path):
    settings = Settings("t", tmp_path / "home", 0, "ap-northeast-1")
    settings.make_home()
    monkeypatch.setenv("RAILYARD_SANDBOX_CACHE", str(tmp_path / "begun"))
    Engine(settings).remember()
    monkeypatch.delenv("RAILYARD_SANDBOX_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path / "somebody"))
    assert Engine(settings).cache == tmp_path / "begun"
    teardown.remove_files(settings, assembly.HOME_NAMES)
    assert not settings.home.exists()
    assert Engine(settings).cache == tmp_path / "somebody" / ".cache" / "railyard-sandbox"


def test_unchanged_file_is_not_written(tmp_path):
    file = tmp_path / "deep" / "file"
    assert [write_if_changed(file, "a"), write_if_changed(file, "a"), write_if_changed(file, "b")] == [
        True,
        False,
        True,
    ]
    assert [entry.name for entry in file.parent.iterdir()] == ["file"]


def test_creation_killed_half_way_is_done_again(engine, monkeypatch):
    """The engine then has a file system of that name and no container."""
    asked = []
    kept = ["rlyd-t-i-1"]

    def podman(*argv, **more):
        asked.append(argv[0])
        if argv[0] == "create" and kept:
            raise CommandError(["podman", *argv], 125, "the container name is already in use")
        if "--external" in argv:
            return json.dumps([{"Names": [name], "State": "storage"} for name in (*kept, "rlyd-t-x-i-1")])
        if argv[0] == "ps":
            return "[]"
        if argv[0] == "rm":
            kept.remove(argv[-1])
        return ""

    monkeypatch.setattr(engine, "podman", podman)
    engine.create_host("rlyd-t-i-1", "image", "rlyd-t-i-1", "ip-10-0-0-5", "i-1")
    assert asked == ["create", "ps", "ps", "rm", "create"]


def test_name_in_use_by_a_container_is_an_error(engine, monkeypatch):
    def podman(*argv, **more):
        if argv[0] == "ps":
            return json.dumps([{"Names": ["rlyd-t-i-1"], "State": "running"}])
        raise CommandError(["podman", *argv], 125, "the container name is already in use")

    monkeypatch.setattr(engine, "podman", podman)
    with pytest.raises(CommandError, match="already in use"):
        engine.create_host("rlyd-t-i-1", "image", "rlyd-t-i-1", "ip-10-0-0-5", "i-1")
