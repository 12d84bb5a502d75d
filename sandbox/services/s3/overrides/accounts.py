"""Buckets of other accounts are theirs: the emulator would let everybody read and change them."""

from __future__ import annotations

from moto.s3 import models

from sandbox.core.settings import Settings


def apply(settings: Settings) -> None:
    models.s3_allow_crossdomain_access = lambda: False
