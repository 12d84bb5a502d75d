"""The image that cache nodes run from: Debian's Redis, built only when the account has a cache."""

from __future__ import annotations

import logging

from sandbox.core.settings import Settings
from sandbox.hosts import image

_log = logging.getLogger(__name__)

RECIPE = image.Recipe(
    title="caches' image",
    repository="localhost/railyard-redis",
    packages=("redis-server", "redis-tools"),
    files={},
    setup="set -eu\n",
)


def ensure(settings: Settings) -> str:
    """Return the image's reference, building it first when the cache does not hold it.

    Raises ``sources.NoSources`` and ``CommandError``.
    """
    return image.ensure(settings, _log.info, RECIPE)
