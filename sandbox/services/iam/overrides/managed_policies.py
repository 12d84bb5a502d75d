"""Managed policies in AWS's main partition only: the emulator parses 4 MB of them for each of six partitions."""

from __future__ import annotations

from moto.iam.models import IAMBackend

from sandbox.core.settings import Settings


def apply(settings: Settings) -> None:
    load = IAMBackend._init_aws_policies

    def init_aws_policies(self):
        return load(self) if self.partition == "aws" else []

    IAMBackend._init_aws_policies = init_aws_policies
