"""The tests' own eyes on the account, apart from what the collection says about itself."""

from __future__ import annotations

from typing import Any

import boto3

STACK = "railyard"
OWN = [{"Name": "tag:Stack", "Values": [STACK]}]


def names(tags: list[dict[str, str]]) -> dict[str, str]:
    """An API's list of tags as a dictionary."""
    return {tag["Key"]: tag["Value"] for tag in tags}


class Account:
    """Reads the sandbox's account; ``environment`` holds endpoint, region and credentials."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self.ec2 = self.client("ec2")
        self.elbv2 = self.client("elbv2")
        self.s3 = self.client("s3")
        self.iam = self.client("iam")

    def client(self, service: str, **credentials: str) -> Any:
        """A boto3 client of the sandbox, for the account unless other credentials are given."""
        own = {
            "aws_access_key_id": self._environment["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": self._environment["AWS_SECRET_ACCESS_KEY"],
        }
        return boto3.client(
            service,
            region_name=self._environment["AWS_REGION"],
            endpoint_url=self._environment["AWS_ENDPOINT_URL"],
            **(credentials or own),
        )

    def bucket_of_somebody_else(self, name: str) -> None:
        """Make a bucket in another account of the sandbox."""
        role = "arn:aws:iam::222222222222:role/other"
        keys = self.client("sts").assume_role(RoleArn=role, RoleSessionName="other")["Credentials"]
        other = self.client(
            "s3",
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )
        place = {"LocationConstraint": self._environment["AWS_REGION"]}
        other.create_bucket(Bucket=name, CreateBucketConfiguration=place)

    def servers(self) -> dict[str, dict[str, Any]]:
        """Instances of the stack that have a host name and are not terminated, by that name."""
        pages = self.ec2.get_paginator("describe_instances").paginate(Filters=OWN)
        instances = [i for page in pages for r in page["Reservations"] for i in r["Instances"]]
        alive = [i for i in instances if i["State"]["Name"] not in ("terminated", "shutting-down")]
        found = {names(instance["Tags"]).get("Hostname"): instance for instance in alive}
        return {name: instance for name, instance in found.items() if name}

    def _identities(self) -> list[dict[str, Any]]:
        """Everything below the path of stacks."""
        below = {"PathPrefix": "/railyard/"}
        return [
            *self.iam.list_roles(**below)["Roles"],
            *self.iam.list_instance_profiles(**below)["InstanceProfiles"],
            *self.iam.list_groups(**below)["Groups"],
            *self.iam.list_users(**below)["Users"],
        ]

    def balancer(self) -> dict[str, Any]:
        """The stack's load balancer."""
        (one,) = self.elbv2.describe_load_balancers(Names=[STACK])["LoadBalancers"]
        return one

    def target_group(self) -> dict[str, Any]:
        """The target group of the web servers."""
        (one,) = self.elbv2.describe_target_groups(Names=[f"{STACK}-web"])["TargetGroups"]
        return one

    def target_states(self) -> dict[str, str]:
        """Health of the web servers as the load balancer sees it, by instance id."""
        arn = self.target_group()["TargetGroupArn"]
        health = self.elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return {one["Target"]["Id"]: one["TargetHealth"]["State"] for one in health}

    def group(self, name: str) -> dict[str, Any]:
        """A security group of the stack, without the stack's name in front."""
        filters = [*OWN, {"Name": "group-name", "Values": [f"{STACK}-{name}"]}]
        (one,) = self.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
        return one

    def route_tables(self) -> list[dict[str, Any]]:
        """Route tables that carry the stack's tag."""
        return self.ec2.describe_route_tables(Filters=OWN)["RouteTables"]

    def bucket(self, purpose: str) -> str:
        """Name of the stack's bucket for ``uploads`` or ``artifacts``."""
        (one,) = [b["Name"] for b in self.s3.list_buckets()["Buckets"] if b["Name"].startswith(f"{STACK}-{purpose}-")]
        return one

    def database(self) -> dict[str, Any]:
        """The stack's database."""
        (one,) = self.client("rds").describe_db_instances(DBInstanceIdentifier=STACK)["DBInstances"]
        return one

    def cache(self) -> dict[str, Any]:
        """The stack's cache, with its endpoint."""
        (one,) = self.client("elasticache").describe_replication_groups(ReplicationGroupId=STACK)["ReplicationGroups"]
        return one

    def record(self, name: str) -> tuple[str, dict[str, Any]]:
        """The record of a name in the zone that it ends with, and the zone's id."""
        route53 = self.client("route53")
        zones = [zone for zone in route53.list_hosted_zones()["HostedZones"] if name.endswith(f".{zone['Name']}")]
        (zone,) = [zone["Id"] for zone in zones]
        records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        (record,) = [one for one in records if one["Name"] == name]
        return zone, record

    def web_role(self) -> str:
        """Name of the web servers' role."""
        roles = [one["RoleName"] for one in self.iam.list_roles(PathPrefix=f"/railyard/{STACK}/")["Roles"]]
        (one,) = [name for name in roles if name.endswith("-web")]
        return one

    def belongings(self) -> dict[str, dict[str, Any]]:
        """Everything in the account that a stack is made of, by id, with what describes it.

        What every account has by itself (the default VPC with its parts) is left out.
        """
        ec2, elbv2 = self.ec2, self.elbv2
        default = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if vpc["IsDefault"]}
        listed = {
            "VpcId": ec2.describe_vpcs()["Vpcs"],
            "SubnetId": ec2.describe_subnets()["Subnets"],
            "RouteTableId": ec2.describe_route_tables()["RouteTables"],
            "NetworkAclId": ec2.describe_network_acls()["NetworkAcls"],
            "InternetGatewayId": ec2.describe_internet_gateways()["InternetGateways"],
            "NatGatewayId": [n for n in ec2.describe_nat_gateways()["NatGateways"] if n["State"] != "deleted"],
            "GroupId": ec2.describe_security_groups()["SecurityGroups"],
            "AllocationId": ec2.describe_addresses()["Addresses"],
            "KeyPairId": ec2.describe_key_pairs()["KeyPairs"],
            "VolumeId": ec2.describe_volumes()["Volumes"],
            "NetworkInterfaceId": ec2.describe_network_interfaces()["NetworkInterfaces"],
            "LoadBalancerArn": elbv2.describe_load_balancers()["LoadBalancers"],
            "TargetGroupArn": elbv2.describe_target_groups()["TargetGroups"],
            "InstanceId": list(self.servers().values()),
            "VpcEndpointId": ec2.describe_vpc_endpoints()["VpcEndpoints"],
            "Name": self.s3.list_buckets()["Buckets"],
            "Arn": self._identities(),
            "Id": self.client("route53").list_hosted_zones()["HostedZones"],
            "CertificateArn": self.client("acm").list_certificates()["CertificateSummaryList"],
            "DBInstanceArn": self.client("rds").describe_db_instances()["DBInstances"],
            "DBSnapshotIdentifier": self.client("rds").describe_db_snapshots()["DBSnapshots"],
            "ReplicationGroupId": self.client("elasticache").describe_replication_groups()["ReplicationGroups"],
            "SnapshotName": self.client("elasticache").describe_snapshots()["Snapshots"],
            "ARN": self.client("secretsmanager").list_secrets()["SecretList"],
            "AlarmArn": self.client("cloudwatch").describe_alarms()["MetricAlarms"],
            "TopicArn": self.client("sns").list_topics()["Topics"],
            "logGroupName": self.client("logs").describe_log_groups()["logGroups"],
            "Identity": [{"Identity": one} for one in self.client("ses").list_identities()["Identities"]],
        }
        found = {one[key]: one for key, entries in listed.items() for one in entries}
        return {
            identifier: one
            for identifier, one in found.items()
            if one.get("VpcId") not in default
            and not default & {attachment.get("VpcId") for attachment in one.get("Attachments", [])}
        }
