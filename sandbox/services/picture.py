"""What the API says should exist, as plain data: the only thing the layers of the sandbox look at.

``Reader`` (reader.py) fills it from boto3 answers; the layers converge the world to it. Each service says what its
parts hold (``<service>/picture.py``), and every part checks its own values (``core/fields.py``): what the layers get is
a number, a network, one of some words or a text of a known form.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.core.fields import Checked, Line
from sandbox.services.acm.picture import Certificate
from sandbox.services.ec2.picture import HostName, Instance, Vpc
from sandbox.services.elasticache.picture import ReplicationGroup
from sandbox.services.elbv2.picture import LoadBalancer, TargetGroup
from sandbox.services.rds.picture import Database, DatabaseSnapshot
from sandbox.services.route53.picture import PrivateZone, PublicZone


@dataclass(frozen=True)
class Picture(Checked):
    vpcs: tuple[Vpc, ...] = ()
    instances: tuple[Instance, ...] = ()
    load_balancers: tuple[LoadBalancer, ...] = ()
    target_groups: tuple[TargetGroup, ...] = ()
    private_zones: tuple[PrivateZone, ...] = ()
    databases: tuple[Database, ...] = ()
    database_snapshots: tuple[DatabaseSnapshot, ...] = ()
    replication_groups: tuple[ReplicationGroup, ...] = ()
    names: tuple[HostName, ...] = ()
    public_zones: tuple[PublicZone, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    odd: tuple[Line, ...] = ()  # what of the account is not in here, or not as it is now, and why

    def live_instances(self) -> tuple[Instance, ...]:
        """Instances that should have a booted host."""
        return tuple(i for i in self.instances if i.state in ("pending", "running"))
