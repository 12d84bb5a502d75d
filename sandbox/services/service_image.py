"""Images of the managed services: Debian's packages and nothing that starts by itself, built when first needed."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.hosts import sources
from sandbox.hosts.engine import Engine
from sandbox.network.command import run
from sandbox.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recipe:
    """What an image is made of."""

    name: str  # ends the repository's name
    packages: tuple[str, ...]


def reference(recipe: Recipe, release: str, lines: list[str]) -> str:
    """Image reference; its tag is a digest of everything the image is made of."""
    digest = hashlib.sha256(repr((release, lines, recipe)).encode()).hexdigest()[:12]
    return f"localhost/railyard-{recipe.name}:{release}-{digest}"


def ensure(settings: Settings, recipe: Recipe) -> str:
    """Return the image's reference, building it first (10 to 30 s) when the cache does not hold it.

    :raises sandbox.hosts.sources.NoSources: when this machine has no package source
    :raises sandbox.network.command.CommandError: when the build fails
    """
    engine = Engine(settings)
    release = sources.codename()
    lines = [str(source) for source in sources.of_machine(release)]
    image = reference(recipe, release, lines)
    if engine.image_exists(image):
        return image
    engine.cache.mkdir(parents=True, exist_ok=True)
    with _only_one(engine.cache / f"{recipe.name}-image.lock"):
        if not engine.image_exists(image):
            _log.info("building the image %s from Debian's packages (once, up to half a minute)", image)
            _build(engine, image, recipe, release, lines)
    return image


def _build(engine: Engine, image: str, recipe: Recipe, release: str, lines: list[str]) -> None:
    work = engine.cache / f"build-{recipe.name}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
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
            "--dpkgopt=path-exclude=/usr/share/locale/*",
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
