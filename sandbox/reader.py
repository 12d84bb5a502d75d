"""Reads the account through boto3 into a ``Picture``; what an answer means is told in ``answers.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import boto3
import botocore.session
from botocore.config import Config

from sandbox import answers, balancer_answers, cache_answers, credentials, database_answers
from sandbox.api.calls import READER_AGENT
from sandbox.intake import Intake
from sandbox.picture import (
    CacheGroup,
    Certificate,
    Database,
    DatabaseSnapshot,
    Instance,
    LoadBalancer,
    Picture,
    PrivateZone,
    PublicZone,
    TargetGroup,
)
from sandbox.services import mail_names
from sandbox.settings import Settings

#: Kind → (operation, key of the answer) of EC2, each read whole.
_EC2 = {
    "vpcs": ("describe_vpcs", "Vpcs"),
    "subnets": ("describe_subnets", "Subnets"),
    "route_tables": ("describe_route_tables", "RouteTables"),
    "network_acls": ("describe_network_acls", "NetworkAcls"),
    "security_groups": ("describe_security_groups", "SecurityGroups"),
    "nat_gateways": ("describe_nat_gateways", "NatGateways"),
    "internet_gateways": ("describe_internet_gateways", "InternetGateways"),
    "vpc_endpoints": ("describe_vpc_endpoints", "VpcEndpoints"),
    "interfaces": ("describe_network_interfaces", "NetworkInterfaces"),
    "reservations": ("describe_instances", "Reservations"),
}
_GONE = ("shutting-down", "terminated")

T = TypeVar("T")


class Reader:
    """Reads one sandbox's account. Not safe between threads."""

    def __init__(self, settings: Settings, loader: Any = None) -> None:
        """
        :param loader: botocore loader to share with the emulator in the same process: each loader keeps
            some 30 MB of service models
        """
        core = botocore.session.Session()
        if loader is not None:
            core.register_component("data_loader", loader)
        session = boto3.session.Session(
            botocore_session=core,
            **credentials.ensure(settings).for_boto3(),
            region_name=settings.region,
        )
        config = Config(
            user_agent_extra=READER_AGENT, retries={"max_attempts": 1}, connect_timeout=5, read_timeout=30
        )

        def client(service: str) -> Any:
            return session.client(service, endpoint_url=settings.endpoint, config=config)

        self._ec2, self._elb, self._route53, self._cache = (
            client(service) for service in ("ec2", "elbv2", "route53", "elasticache")
        )
        self._region = settings.region
        self._client = client
        self._rds: Any = None
        self._acm: Any = None
        self._databases_home = settings.home / "databases"
        self._take = Intake()

    def read(self) -> Picture:
        """What the account holds; what in it is odd costs itself alone (``Picture.odd`` names it).

        :raises botocore.exceptions.BotoCoreError, ClientError: when the API does not answer
        """
        self._take.begin()
        ec2 = {kind: _all(self._ec2, *how) for kind, how in _EC2.items()}
        instances = self._instances(ec2)
        balancers = self._balancers(ec2["interfaces"])
        databases, snapshots = self._databases(ec2["interfaces"])
        caches = self._cache_groups(ec2)
        private_zones, public_zones = self._zones()
        used = frozenset(item.vpc_id for item in (*instances, *balancers, *databases, *caches))
        vpcs = answers.vpcs_of(ec2, used, self._take)
        target_groups, certificates = self._target_groups(), self._certificates(balancers)
        return Picture(
            vpcs=vpcs,
            instances=instances,
            load_balancers=balancers,
            target_groups=target_groups,
            private_zones=private_zones,
            public_zones=public_zones,
            certificates=certificates,
            databases=databases,
            database_snapshots=snapshots,
            cache_groups=caches,
            names=(*cache_answers.names_of(caches), *mail_names.names_of(vpcs, self._region)),
            odd=self._take.end(),
        )

    def _wholes(self, kind: str, makes: Mapping[str, Callable[[], T | None]]) -> tuple[T, ...]:
        """Resources by identifier, without those that are odd and never were good."""
        made = (self._take.whole(kind, identifier, make) for identifier, make in makes.items())
        return tuple(each for each in made if each is not None)

    def _instances(self, ec2: dict[str, list[dict]]) -> tuple[Instance, ...]:
        keys = self._ec2.describe_key_pairs(IncludePublicKey=True)["KeyPairs"]
        public_keys = {key["KeyName"]: key["PublicKey"].strip() for key in keys if key.get("PublicKey")}
        primary = answers.primary_interfaces(ec2["interfaces"])
        makes = {
            instance["InstanceId"]: partial(
                answers.instance_of,
                instance,
                primary.get(instance["InstanceId"]),
                public_keys,
                self._user_data(instance["InstanceId"]),
                self._take,
            )
            for reservation in ec2["reservations"]
            for instance in reservation["Instances"]
            if instance["State"]["Name"] not in _GONE
        }
        return self._wholes("instance", dict(sorted(makes.items())))

    def _user_data(self, instance_id: str) -> str | None:
        answer = self._ec2.describe_instance_attribute(InstanceId=instance_id, Attribute="userData")
        return answer.get("UserData", {}).get("Value")

    def _balancers(self, interfaces: list[dict]) -> tuple[LoadBalancer, ...]:
        makes = {}
        for balancer in _all(self._elb, "describe_load_balancers", "LoadBalancers"):
            if balancer["Type"] != "application":
                continue
            arn = balancer["LoadBalancerArn"]
            listeners = self._wholes(
                "listener",
                {
                    listener["ListenerArn"]: partial(
                        balancer_answers.listener_of,
                        listener,
                        self._elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"],
                        self._take,
                    )
                    for listener in _all(self._elb, "describe_listeners", "Listeners", LoadBalancerArn=arn)
                },
            )
            if balancer["State"]["Code"] == "provisioning":
                listeners = ()  # until it is active it forwards nothing
            attributes = self._elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
            makes[arn] = partial(balancer_answers.balancer_of, balancer, interfaces, listeners, attributes)
        return self._wholes("load balancer", makes)

    def _target_groups(self) -> tuple[TargetGroup, ...]:
        makes = {}
        for group in _all(self._elb, "describe_target_groups", "TargetGroups"):
            arn = group["TargetGroupArn"]
            health = self._elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
            attributes = self._elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
            makes[arn] = partial(balancer_answers.target_group_of, group, health, attributes, self._take)
        return self._wholes("target group", makes)

    def _databases(
        self, interfaces: list[dict]
    ) -> tuple[tuple[Database, ...], tuple[DatabaseSnapshot, ...]]:
        """Instances and snapshots of RDS. Without a sign of either nothing is asked: the client alone costs 10 MB."""
        signs = any(interface.get("Description") == database_answers.DATABASE_INTERFACE for interface in interfaces)
        if not signs and not self._databases_home.is_dir():
            return (), ()
        self._rds = self._rds or self._client("rds")
        by_id = {interface["NetworkInterfaceId"]: interface for interface in interfaces}
        parameters: dict[str, list[dict]] = {}
        makes = {}
        for instance in _all(self._rds, "describe_db_instances", "DBInstances"):
            group = instance["DBParameterGroups"][0]["DBParameterGroupName"]
            if group not in parameters:
                parameters[group] = _all(
                    self._rds,
                    "describe_db_parameters",
                    "Parameters",
                    DBParameterGroupName=group,
                    Source="user",
                )
            makes[instance["DbiResourceId"]] = partial(
                database_answers.database_of, instance, by_id, parameters[group], self._take
            )
        snapshots = {
            snapshot["DBSnapshotIdentifier"]: partial(database_answers.database_snapshot_of, snapshot)
            for snapshot in _all(self._rds, "describe_db_snapshots", "DBSnapshots", SnapshotType="manual")
        }
        return self._wholes("database", makes), self._wholes("database snapshot", snapshots)

    def _zones(self) -> tuple[tuple[PrivateZone, ...], tuple[PublicZone, ...]]:
        private, public = {}, {}
        for zone in _all(self._route53, "list_hosted_zones", "HostedZones"):
            records = _all(
                self._route53, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["Id"]
            )
            if zone["Config"].get("PrivateZone"):
                vpcs = self._route53.get_hosted_zone(Id=zone["Id"]).get("VPCs", [])
                ids = [vpc["VPCId"] for vpc in vpcs]
                private[zone["Id"]] = partial(answers.zone_of, zone, ids, records, self._take)
            else:
                public[zone["Id"]] = partial(answers.public_zone_of, zone, records, self._take)
        return self._wholes("hosted zone", private), self._wholes("hosted zone", public)

    def _certificates(self, balancers: tuple[LoadBalancer, ...]) -> tuple[Certificate, ...]:
        """Those that listeners use. Without one ACM is not asked: the client alone costs memory."""
        listeners = [listener for balancer in balancers for listener in balancer.listeners]
        arns = sorted({arn for listener in listeners for arn in listener.certificate_arns if ":acm:" in arn})
        if not arns:
            return ()
        self._acm = self._acm or self._client("acm")
        found = {arn: self._acm.describe_certificate(CertificateArn=arn)["Certificate"] for arn in arns}
        return self._wholes("certificate", {arn: partial(balancer_answers.certificate_of, found[arn]) for arn in arns})

    def _cache_groups(self, ec2: dict[str, list[dict]]) -> tuple[CacheGroup, ...]:
        groups = _all(self._cache, "describe_replication_groups", "ReplicationGroups")
        if not groups:
            return ()
        clusters = _all(self._cache, "describe_cache_clusters", "CacheClusters", ShowCacheNodeInfo=True)
        return self._wholes(
            "cache",
            {
                group["ARN"]: partial(
                    cache_answers.group_of,
                    group,
                    clusters,
                    ec2["interfaces"],
                    ec2["subnets"],
                    self._parameters,
                    self._take,
                )
                for group in groups
            },
        )

    def _parameters(self, group: str) -> list[dict]:
        return _all(self._cache, "describe_cache_parameters", "Parameters", CacheParameterGroupName=group)


def _all(client: Any, operation: str, key: str, **arguments: Any) -> list[dict]:
    """Every item of a paginated answer."""
    pages = client.get_paginator(operation).paginate(**arguments)
    return [item for page in pages for item in page[key]]
