"""What was changed by hand through the API is shown by a plan and mended by a run."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.account import STACK, names
from tests.e2e.lab import Lab, until

CLOUD = "iam,s3,vpc,security,route53,ec2,alb,rds,elasticache,ses,cloudwatch"
BY_HAND: dict[str, Any] = {
    "IpProtocol": "tcp",
    "FromPort": 22,
    "ToPort": 22,
    "IpRanges": [{"CidrIp": "192.0.2.0/24", "Description": "by hand"}],
}


def default_route(table: dict[str, Any]) -> dict[str, Any] | None:
    """The route to a NAT gateway that leads everywhere, if the table has one."""
    everywhere = [r for r in table["Routes"] if r.get("DestinationCidrBlock") == "0.0.0.0/0" and "NatGatewayId" in r]
    return everywhere[0] if everywhere else None


def test_changes_by_hand_are_shown_and_mended(stack: Lab) -> None:
    account = stack.account()
    ec2 = account.ec2
    group = account.group("web")["GroupId"]
    table = next(table for table in account.route_tables() if default_route(table))
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [STACK]}])["Vpcs"]
    stopped = account.servers()["web02"]["InstanceId"]

    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[BY_HAND])
    ec2.delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")
    ec2.create_tags(Resources=[vpc["VpcId"]], Tags=[{"Key": "ManagedBy", "Value": "someone"}])
    s3, iam, uploads, role = account.s3, account.iam, account.bucket("uploads"), account.web_role()
    policy = s3.get_bucket_policy(Bucket=uploads)["Policy"]
    s3.delete_bucket_policy(Bucket=uploads)
    s3.delete_public_access_block(Bucket=account.bucket("artifacts"))
    s3.delete_bucket_tagging(Bucket=uploads)
    iam.put_role_policy(RoleName=role, PolicyName="by-hand", PolicyDocument=policy)
    (endpoint,) = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint["VpcEndpointId"], RemoveRouteTableIds=endpoint["RouteTableIds"][:1])
    cloudwatch, rds, route53 = account.client("cloudwatch"), account.client("rds"), account.client("route53")
    alarm = f"{STACK}/web01/cpu"
    cloudwatch.delete_alarms(AlarmNames=[alarm])
    rds.modify_db_instance(DBInstanceIdentifier=STACK, BackupRetentionPeriod=1, ApplyImmediately=True)
    zone, record = account.record("db.home.")
    change = {"Action": "UPSERT", "ResourceRecordSet": record | {"ResourceRecords": [{"Value": "elsewhere.example."}]}}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
    ec2.stop_instances(InstanceIds=[stopped])
    until("web02 is stopped", lambda: account.servers()["web02"]["State"]["Name"] == "stopped", 60)

    before = stack.calls()
    plan = stack.playbook("plan-drift", "site.yml", "--check", "--diff", "--tags", CLOUD)
    assert stack.mutations(before) == {}
    stages = {task.rsplit(" => ", 1)[1] for task in plan.changed_tasks()}
    expected = {"network", "firewall", "servers", "identity", "storage", "monitoring", "database", "names"}
    assert expected <= stages, str(plan)
    assert "192.0.2.0/24" in plan.text, "the diff shows the rule that does not belong"

    run = stack.playbook("mend-drift", "site.yml")
    assert run.changed > 0, str(run)
    assert "192.0.2.0/24" not in str(account.group("web")["IpPermissions"])
    assert default_route(ec2.describe_route_tables(RouteTableIds=[table["RouteTableId"]])["RouteTables"][0])
    assert names(ec2.describe_vpcs(VpcIds=[vpc["VpcId"]])["Vpcs"][0]["Tags"])["ManagedBy"] == "railyard.aws"
    assert json.loads(s3.get_bucket_policy(Bucket=uploads)["Policy"]) == json.loads(policy)
    assert s3.get_public_access_block(Bucket=account.bucket("artifacts"))
    assert names(s3.get_bucket_tagging(Bucket=uploads)["TagSet"])["Stack"] == STACK
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["web"]
    (mended,) = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    assert sorted(mended["RouteTableIds"]) == sorted(endpoint["RouteTableIds"])
    assert account.servers()["web02"]["State"]["Name"] == "running"
    assert account.servers()["web02"]["InstanceId"] == stopped
    assert cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    assert account.database()["BackupRetentionPeriod"] == 7
    assert account.record("db.home.")[1] == record
    until("both serve again", lambda: len({stack.page()[1] for _request in range(4)}) == 2, 60)

    again = stack.playbook("plan-mended", "site.yml", "--check", "--diff", "--tags", CLOUD)
    assert again.changed == 0, str(again)
