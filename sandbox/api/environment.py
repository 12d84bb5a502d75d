"""Settings that the emulator reads from the environment once, at its import. Import this module before moto."""

from __future__ import annotations

import os

from sandbox.core.credentials import ACCESS_KEY_ID

#: Account in which the emulator keeps everything.
ACCOUNT_ID = "123456789012"

_EMULATOR = {
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    # Hundreds of images, each with a volume and a snapshot, in every region touched. services/ec2/overrides/images.py
    # loads the few that the public parameters name.
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    # Wrong instance types and keys fail at launch, as on AWS.
    "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION": "true",
    "MOTO_ENABLE_AMI_VALIDATION": "true",
    # No web page is to read what this account has.
    "MOTO_DISABLE_GLOBAL_CORS": "true",
    # The emulator's own boto3 session must not read the user's profiles.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
    "AWS_SECRET_ACCESS_KEY": "the-emulator-asks-nobody",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_UNWANTED = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL")
#: Files of authorities. Empty, botocore and others take them for a file without a name.
_AUTHORITIES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


def prepare() -> None:
    """Set this process's environment for the emulator. Call before the first import of moto."""
    os.environ.update(_EMULATOR)
    for name in _UNWANTED:
        os.environ.pop(name, None)
    for name in _AUTHORITIES:
        if not os.environ.get(name, "").strip():
            os.environ.pop(name, None)
