"""The image that cache nodes run from: Debian's Redis."""

from __future__ import annotations

from sandbox.services.service_image import Recipe

RECIPE = Recipe("redis", ("redis-server", "redis-tools"))
