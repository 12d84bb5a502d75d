"""What people change by hand: each function changes one attribute through the API and answers what looks at it.

Which of several things it is, chance says. The look answers the same before and after where a run has mended it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from tests.e2e.account import OWN, STACK, Account

#: Answers what an attribute is now.
Look = Callable[[], Any]
#: Makes the change of a look's attribute.
Change = Callable[[], Any]
Hand = Callable[[Account, random.Random], tuple[Look, Change]]

#: By layer, which is the tag of its role, and stage, the host of the cloud part that runs it.
HANDS: dict[str, tuple[str, str, Hand]] = {}

EVERYWHERE = "0.0.0.0/0"
STRANGE = "192.0.2.0/24"


def hand(layer: str, stage: str) -> Callable[[Hand], Hand]:
    """Registers a change of a layer by the function's name."""

    def add(function: Hand) -> Hand:
        HANDS[function.__name__.replace("_", " ")] = (layer, stage, function)
        return function

    return add


def tags_of(account: Account, identifier: str) -> Look:
    filters = [{"Name": "resource-id", "Values": [identifier]}]
    return lambda: {tag["Key"]: tag["Value"] for tag in account.ec2.describe_tags(Filters=filters)["Tags"]}


def the_vpc(account: Account) -> str:
    return account.ec2.describe_vpcs(Filters=OWN)["Vpcs"][0]["VpcId"]


def table_named(account: Account, word: str) -> dict[str, Any]:
    return next(one for one in account.route_tables() if word in str(one["Tags"]))


# -- network


@hand("vpc", "network")
def tag_of_the_vpc_overwritten(account: Account, chance: random.Random) -> tuple[Look, Change]:
    vpc = the_vpc(account)
    tags = [{"Key": "ManagedBy", "Value": f"someone-{chance.randrange(100)}"}]
    return tags_of(account, vpc), lambda: account.ec2.create_tags(Resources=[vpc], Tags=tags)


@hand("vpc", "network")
def host_names_of_the_vpc_off(account: Account, _chance: random.Random) -> tuple[Look, Change]:
    vpc, ec2 = the_vpc(account), account.ec2
    return (
        lambda: ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")["EnableDnsHostnames"],
        lambda: ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False}),
    )


@hand("vpc", "network")
def subnet_gives_public_addresses(account: Account, chance: random.Random) -> tuple[Look, Change]:
    ec2 = account.ec2
    subnet = chance.choice(sorted(one["SubnetId"] for one in ec2.describe_subnets(Filters=OWN)["Subnets"]))
    look = lambda: ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["MapPublicIpOnLaunch"]  # noqa: E731 - asked below
    other = not look()
    return look, lambda: ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": other})


def routes(account: Account, table: str) -> Look:
    def look() -> list[str]:
        found = account.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return sorted(json.dumps(one, sort_keys=True) for one in found if "DestinationPrefixListId" not in one)

    return look


@hand("vpc", "network")
def way_out_of_a_private_subnet_gone(account: Account, chance: random.Random) -> tuple[Look, Change]:
    tables = [one for one in account.route_tables() if any("NatGatewayId" in route for route in one["Routes"])]
    table = chance.choice(sorted(one["RouteTableId"] for one in tables))
    delete = account.ec2.delete_route
    return routes(account, table), lambda: delete(RouteTableId=table, DestinationCidrBlock=EVERYWHERE)


@hand("vpc", "network")
def route_too_many(account: Account, chance: random.Random) -> tuple[Look, Change]:
    table = chance.choice(sorted(one["RouteTableId"] for one in account.route_tables()))
    (gateway,) = account.ec2.describe_internet_gateways(Filters=OWN)["InternetGateways"]
    route = {"DestinationCidrBlock": STRANGE, "GatewayId": gateway["InternetGatewayId"]}
    return routes(account, table), lambda: account.ec2.create_route(RouteTableId=table, **route)


def entries(account: Account, acl: str) -> Look:
    def look() -> list[str]:
        found = account.ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"][0]["Entries"]
        return sorted(json.dumps(one, sort_keys=True) for one in found)

    return look


def an_acl(account: Account, chance: random.Random) -> dict[str, Any]:
    acls = account.ec2.describe_network_acls(Filters=OWN)["NetworkAcls"]
    return chance.choice(sorted(acls, key=lambda one: one["NetworkAclId"]))


@hand("vpc", "network")
def rule_of_a_network_acl_too_many(account: Account, chance: random.Random) -> tuple[Look, Change]:
    acl = an_acl(account, chance)["NetworkAclId"]
    rule = {"RuleNumber": chance.randrange(2, 50), "Protocol": "-1", "RuleAction": "allow", "CidrBlock": EVERYWHERE}
    egress = chance.choice((True, False))
    create = account.ec2.create_network_acl_entry
    return entries(account, acl), lambda: create(NetworkAclId=acl, Egress=egress, **rule)


@hand("vpc", "network")
def rule_of_a_network_acl_gone(account: Account, chance: random.Random) -> tuple[Look, Change]:
    acl = an_acl(account, chance)
    rule = chance.choice([one for one in acl["Entries"] if one["RuleNumber"] < 32767])
    which = {"RuleNumber": rule["RuleNumber"], "Egress": rule["Egress"]}
    delete = account.ec2.delete_network_acl_entry
    return entries(account, acl["NetworkAclId"]), lambda: delete(NetworkAclId=acl["NetworkAclId"], **which)


# -- firewall


def a_group(account: Account, chance: random.Random) -> str:
    groups = account.ec2.describe_security_groups(Filters=OWN)["SecurityGroups"]
    return chance.choice(sorted(one["GroupId"] for one in groups if one["GroupName"] != "default"))


def rules(account: Account, group: str) -> Look:
    def look() -> list[str]:
        found = account.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
        kept = [
            {
                key: value
                for key, value in one.items()
                if key not in ("SecurityGroupRuleId", "SecurityGroupRuleArn", "Tags")
            }
            for one in found["SecurityGroupRules"]
        ]
        return sorted(json.dumps(one, sort_keys=True) for one in kept)

    return look


@hand("security", "firewall")
def rule_of_a_group_too_many(account: Account, chance: random.Random) -> tuple[Look, Change]:
    group, port = a_group(account, chance), chance.randrange(1, 65536)
    opened = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": STRANGE}]}
    authorize = chance.choice(
        (account.ec2.authorize_security_group_ingress, account.ec2.authorize_security_group_egress)
    )
    return rules(account, group), lambda: authorize(GroupId=group, IpPermissions=[opened])


@hand("security", "firewall")
def rule_of_a_group_gone(account: Account, chance: random.Random) -> tuple[Look, Change]:
    groups = account.ec2.describe_security_groups(Filters=OWN)["SecurityGroups"]
    group = chance.choice(sorted((one for one in groups if one["IpPermissions"]), key=lambda one: one["GroupId"]))
    rule = chance.choice(group["IpPermissions"])
    revoke = account.ec2.revoke_security_group_ingress
    return rules(account, group["GroupId"]), lambda: revoke(GroupId=group["GroupId"], IpPermissions=[rule])


@hand("security", "firewall")
def tag_of_a_group_overwritten(account: Account, chance: random.Random) -> tuple[Look, Change]:
    group = a_group(account, chance)
    tags = [{"Key": "ManagedBy", "Value": "someone"}]
    return tags_of(account, group), lambda: account.ec2.create_tags(Resources=[group], Tags=tags)


# -- identities


@hand("iam", "identity")
def policy_of_the_servers_too_many(account: Account, _chance: random.Random) -> tuple[Look, Change]:
    iam, role = account.iam, account.web_role()
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    return (
        lambda: iam.list_role_policies(RoleName=role)["PolicyNames"],
        lambda: iam.put_role_policy(RoleName=role, PolicyName="by-hand", PolicyDocument=json.dumps(everything)),
    )


@hand("iam", "identity")
def policy_of_the_servers_wider(account: Account, _chance: random.Random) -> tuple[Look, Change]:
    iam, role = account.iam, account.web_role()
    name = iam.list_role_policies(RoleName=role)["PolicyNames"][0]

    def look() -> Any:
        return iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]

    wider = look()
    wider["Statement"] = [*wider["Statement"], {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]
    return look, lambda: iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(wider))


@hand("iam", "identity")
def managed_policy_of_the_servers_too_many(account: Account, _chance: random.Random) -> tuple[Look, Change]:
    iam, role = account.iam, account.web_role()
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    return (
        lambda: sorted(one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]),
        lambda: iam.attach_role_policy(RoleName=role, PolicyArn=arn),
    )


@hand("iam", "identity")
def trust_of_the_servers_wider(account: Account, _chance: random.Random) -> tuple[Look, Change]:
    iam, role = account.iam, account.web_role()
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}],
    }
    return (
        lambda: iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"],
        lambda: iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust)),
    )


@hand("iam", "identity")
def tag_of_the_role_gone(account: Account, chance: random.Random) -> tuple[Look, Change]:
    iam, role = account.iam, account.web_role()
    key = chance.choice(("ManagedBy", "Role"))
    return (
        lambda: sorted(str(one) for one in iam.list_role_tags(RoleName=role)["Tags"]),
        lambda: iam.untag_role(RoleName=role, TagKeys=[key]),
    )


@hand("iam", "identity")
def profile_without_its_role(account: Account, _chance: random.Random) -> tuple[Look, Change]:
    iam, role = account.iam, account.web_role()
    profiles = iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"]
    name = profiles[0]["InstanceProfileName"]
    return (
        lambda: [
            one["RoleName"] for one in iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"]
        ],
        lambda: iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role),
    )


# -- buckets


def a_bucket(account: Account, chance: random.Random) -> str:
    return account.bucket(chance.choice(("uploads", "artifacts")))


def shown(ask: Callable[[], dict[str, Any]]) -> Look:
    """What S3 answers, without what belongs to the request; a refusal is an answer, too."""

    def look() -> Any:
        try:
            answer = ask()
        # Of many kinds, each named after what is not there.
        except Exception as error:
            return type(error).__name__
        answer.pop("ResponseMetadata")
        return json.loads(answer["Policy"]) if "Policy" in answer else answer

    return look


@hand("s3", "storage")
def policy_of_a_bucket_gone(account: Account, chance: random.Random) -> tuple[Look, Change]:
    s3, bucket = account.s3, a_bucket(account, chance)
    return shown(lambda: s3.get_bucket_policy(Bucket=bucket)), lambda: s3.delete_bucket_policy(Bucket=bucket)


@hand("s3", "storage")
def bucket_open_to_the_public(account: Account, chance: random.Random) -> tuple[Look, Change]:
    s3, bucket = account.s3, a_bucket(account, chance)
    return (
        shown(lambda: s3.get_public_access_block(Bucket=bucket)),
        lambda: s3.delete_public_access_block(Bucket=bucket),
    )


@hand("s3", "storage")
def versions_of_a_bucket_suspended(account: Account, _chance: random.Random) -> tuple[Look, Change]:
    s3, bucket = account.s3, account.bucket("uploads")
    look = shown(lambda: s3.get_bucket_versioning(Bucket=bucket))
    other = {"Status": "Suspended" if look().get("Status") == "Enabled" else "Enabled"}
    return look, lambda: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=other)


@hand("s3", "storage")
def tags_of_a_bucket_gone(account: Account, chance: random.Random) -> tuple[Look, Change]:
    s3, bucket = account.s3, a_bucket(account, chance)

    def tags() -> Any:
        return sorted(str(one) for one in shown(lambda: s3.get_bucket_tagging(Bucket=bucket))()["TagSet"])

    other = [{"Key": "Stack", "Value": STACK}]
    return tags, lambda: s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": other})


@hand("s3", "storage")
def lifecycle_of_a_bucket_gone(account: Account, chance: random.Random) -> tuple[Look, Change]:
    s3, bucket = account.s3, a_bucket(account, chance)
    return (
        shown(lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket)),
        lambda: s3.delete_bucket_lifecycle(Bucket=bucket),
    )


# -- what needs the whole cloud part


@hand("cloudwatch", "monitoring")
def alarm_with_another_threshold(account: Account, chance: random.Random) -> tuple[Look, Change]:
    cloudwatch = account.client("cloudwatch")
    alarms = [one for one in cloudwatch.describe_alarms()["MetricAlarms"] if "MetricName" in one]
    name = chance.choice(sorted(one["AlarmName"] for one in alarms))
    settings = (
        *("AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions"),
        *("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit"),
        *("EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData"),
    )

    def look() -> Any:
        (one,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return {key: one[key] for key in settings if key in one}

    other = look() | {"Threshold": look()["Threshold"] + chance.randrange(1, 50)}
    return look, lambda: cloudwatch.put_metric_alarm(**other)


@hand("cloudwatch", "monitoring")
def alarm_gone(account: Account, chance: random.Random) -> tuple[Look, Change]:
    cloudwatch = account.client("cloudwatch")
    name = chance.choice(sorted(one["AlarmName"] for one in cloudwatch.describe_alarms()["MetricAlarms"]))
    return (
        lambda: len(cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]),
        lambda: cloudwatch.delete_alarms(AlarmNames=[name]),
    )


@hand("cloudwatch", "monitoring")
def log_group_kept_for_ever(account: Account, chance: random.Random) -> tuple[Look, Change]:
    logs = account.client("logs")
    groups = [one for one in logs.describe_log_groups()["logGroups"] if "retentionInDays" in one]
    name = chance.choice(sorted(one["logGroupName"] for one in groups))
    return (
        lambda: [
            one.get("retentionInDays")
            for one in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
            if one["logGroupName"] == name
        ],
        lambda: logs.delete_retention_policy(logGroupName=name),
    )


@hand("rds", "database")
def backups_of_the_database_fewer(account: Account, chance: random.Random) -> tuple[Look, Change]:
    modify, days = account.client("rds").modify_db_instance, chance.randrange(1, 6)
    return (
        lambda: account.database()["BackupRetentionPeriod"],
        lambda: modify(DBInstanceIdentifier=STACK, BackupRetentionPeriod=days, ApplyImmediately=True),
    )


@hand("rds", "database")
def protection_of_the_database_off(account: Account, _chance: random.Random) -> tuple[Look, Change]:
    modify = account.client("rds").modify_db_instance
    return (
        lambda: account.database()["DeletionProtection"],
        lambda: modify(DBInstanceIdentifier=STACK, DeletionProtection=False, ApplyImmediately=True),
    )


@hand("elasticache", "cache")
def snapshots_of_the_cache_another_number(account: Account, chance: random.Random) -> tuple[Look, Change]:
    modify = account.client("elasticache").modify_replication_group
    days = account.cache().get("SnapshotRetentionLimit", 0) + chance.randrange(1, 9)
    return (
        lambda: account.cache().get("SnapshotRetentionLimit"),
        lambda: modify(ReplicationGroupId=STACK, SnapshotRetentionLimit=days, ApplyImmediately=True),
    )


@hand("alb", "balancer")
def health_check_elsewhere(account: Account, chance: random.Random) -> tuple[Look, Change]:
    arn = account.target_group()["TargetGroupArn"]
    other = chance.choice(
        ({"HealthCheckPath": "/elsewhere"}, {"HealthCheckIntervalSeconds": 77}, {"UnhealthyThresholdCount": 9})
    )
    names = ("HealthCheckPath", "HealthCheckIntervalSeconds", "UnhealthyThresholdCount")
    return (
        lambda: {name: account.target_group()[name] for name in names},
        lambda: account.elbv2.modify_target_group(TargetGroupArn=arn, **other),
    )


@hand("alb", "balancer")
def attribute_of_the_load_balancer(account: Account, chance: random.Random) -> tuple[Look, Change]:
    arn = account.balancer()["LoadBalancerArn"]
    key, value = chance.choice(
        (("idle_timeout.timeout_seconds", "17"), ("routing.http.drop_invalid_header_fields.enabled", "false"))
    )

    def look() -> Any:
        found = account.elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        return {one["Key"]: one["Value"] for one in found}.get(key)

    modify = account.elbv2.modify_load_balancer_attributes
    return look, lambda: modify(LoadBalancerArn=arn, Attributes=[{"Key": key, "Value": value}])


@hand("route53", "names")
def record_that_leads_elsewhere(account: Account, _chance: random.Random) -> tuple[Look, Change]:
    zone, record = account.record("db.home.")
    other = record | {"ResourceRecords": [{"Value": "elsewhere.example."}]}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": other}]}
    change = account.client("route53").change_resource_record_sets
    return lambda: account.record("db.home.")[1], lambda: change(HostedZoneId=zone, ChangeBatch=batch)


@hand("ec2", "servers")
def metadata_of_a_server_without_tokens(account: Account, chance: random.Random) -> tuple[Look, Change]:
    host = chance.choice(sorted(account.servers()))
    server = account.servers()[host]["InstanceId"]
    modify = account.ec2.modify_instance_metadata_options
    return (
        lambda: account.servers()[host]["MetadataOptions"]["HttpTokens"],
        lambda: modify(InstanceId=server, HttpTokens="optional"),
    )


@hand("ec2", "servers")
def tag_of_a_server_overwritten(account: Account, chance: random.Random) -> tuple[Look, Change]:
    server = account.servers()[chance.choice(sorted(account.servers()))]["InstanceId"]
    tags = [{"Key": "ManagedBy", "Value": "someone"}]
    return tags_of(account, server), lambda: account.ec2.create_tags(Resources=[server], Tags=tags)


@hand("ec2", "servers")
def server_in_another_group(account: Account, chance: random.Random) -> tuple[Look, Change]:
    host = chance.choice(sorted(account.servers()))
    server, group = account.servers()[host]["InstanceId"], account.group("database")["GroupId"]
    return (
        lambda: sorted(one["GroupId"] for one in account.servers()[host]["SecurityGroups"]),
        lambda: account.ec2.modify_instance_attribute(InstanceId=server, Groups=[group]),
    )
