"""Reads the account into a ``Picture``, service by service; what answers mean is told in ``<service>/parsers.py``."""

from __future__ import annotations

from typing import Any

from sandbox.core.account import Account
from sandbox.core.settings import Settings
from sandbox.services.acm import reader as acm
from sandbox.services.ec2 import reader as ec2
from sandbox.services.elasticache import reader as elasticache
from sandbox.services.elbv2 import reader as elbv2
from sandbox.services.picture import Picture
from sandbox.services.rds import reader as rds
from sandbox.services.route53 import reader as route53
from sandbox.services.ses.names import names_of as mail_names


class Reader:
    """Reads one sandbox's account. Not safe between threads."""

    def __init__(self, settings: Settings, loader: Any = None) -> None:
        """:param loader: botocore loader to share with the emulator in the same process"""
        self._account = Account(settings, loader)

    def read(self) -> Picture:
        """What the account holds; what in it is odd costs itself alone (``Picture.odd`` names it).

        :raises botocore.exceptions.BotoCoreError, ClientError: when the API does not answer
        """
        account = self._account
        account.take.begin()
        answers = ec2.answers(account)
        instances = ec2.instances(account, answers)
        load_balancers = elbv2.load_balancers(account, answers["interfaces"])
        databases, snapshots = rds.databases(account, answers["interfaces"])
        replication_groups = elasticache.replication_groups(account, answers)
        private_zones, public_zones = route53.zones(account)
        used = frozenset(
            [one.vpc_id for one in instances]
            + [one.vpc_id for one in load_balancers]
            + [one.vpc_id for one in databases]
            + [one.vpc_id for one in replication_groups]
        )
        vpcs = ec2.vpcs(account, answers, used)
        return Picture(
            vpcs=vpcs,
            instances=instances,
            load_balancers=load_balancers,
            target_groups=elbv2.target_groups(account),
            private_zones=private_zones,
            public_zones=public_zones,
            certificates=acm.certificates(account, elbv2.certificate_arns(load_balancers)),
            databases=databases,
            database_snapshots=snapshots,
            replication_groups=replication_groups,
            names=(*elasticache.names_of(replication_groups), *mail_names(vpcs, account.region)),
            odd=account.take.end(),
        )
