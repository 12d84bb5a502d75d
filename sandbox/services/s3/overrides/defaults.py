"""New buckets as AWS has made them since April 2023: no ACLs, no public access, encrypted."""

from __future__ import annotations

from moto.s3.models import FakeBucket, PublicAccessBlock

from sandbox.core.settings import Settings

_ENCRYPTION = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}}


def apply(settings: Settings) -> None:
    make = FakeBucket.__init__

    def __init__(self, *args, **kwargs):
        make(self, *args, **kwargs)
        self.ownership_rule = "BucketOwnerEnforced"
        self.public_access_block = PublicAccessBlock(True, True, True, True)
        self.encryption = {"Rule": dict(_ENCRYPTION["Rule"])}

    FakeBucket.__init__ = __init__
