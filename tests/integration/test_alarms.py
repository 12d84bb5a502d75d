"""Metrics of what runs, and an alarm on them: puma stops on a server, people are mailed, and told when it is over.

What stands in for puma is a web server of Python's under puma's name: it is the load balancer that notices.
"""

from __future__ import annotations

import datetime
import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.services.ses.mailbox import Mailbox
from tests.integration.sdk import Host

ADDRESS = "operator@example.com"
PORT = 8080
NAMED = '"site/balancer/unhealthy" in Asia Pacific (Tokyo)'
ANYBODY = [{"CidrIp": "0.0.0.0/0"}]


@pytest.fixture(scope="module", autouse=True)
def often() -> Iterator[None]:
    """Measure every two seconds: with AWS's minute the tests would take many."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RAILYARD_SANDBOX_METRICS", "2")
        yield


@dataclass
class Site:
    sandbox: Any
    servers: Any
    balancer: str
    group: str
    topic: str

    @property
    def cloudwatch(self) -> Any:
        return self.sandbox.client("cloudwatch")

    def mails(self) -> list[Any]:
        box = Mailbox(self.sandbox.settings.home)
        raw = [box.raw(entry["number"]) for entry in box.list()]
        return [email.message_from_bytes(one, policy=email.policy.default) for one in raw if one is not None]

    def mail(self, subject: str, text: str = "") -> str:
        """Text of the newest mail with such a subject and text, once it is there."""

        def found() -> str | None:
            texts = [one.get_content() for one in self.mails() if one["Subject"] == subject]
            return next((one for one in reversed(texts) if re.search(text, one)), None)

        return str(self.sandbox.until(found, 90))

    def state(self) -> str:
        (alarm,) = self.cloudwatch.describe_alarms(AlarmNames=["site/balancer/unhealthy"])["MetricAlarms"]
        return alarm["StateValue"]

    def newest(self, namespace: str, name: str, statistic: str = "Average", **dimensions: str) -> float | None:
        now = datetime.datetime.now(datetime.UTC)
        found = self.cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=now - datetime.timedelta(minutes=5),
            EndTime=now + datetime.timedelta(seconds=5),
            Period=60,
            Statistics=[statistic],
        )["Datapoints"]
        return max(found, key=lambda one: one["Timestamp"])[statistic] if found else None


@pytest.fixture(scope="module")
def site(sandbox: Any, servers: Any) -> Site:
    elb, sns = sandbox.client("elbv2"), sandbox.client("sns")
    rule = {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "IpRanges": ANYBODY}
    servers.ec2.authorize_security_group_ingress(GroupId=servers.groups["web"], IpPermissions=[rule])
    vpc = servers.ec2.describe_subnets(SubnetIds=servers.subnets)["Subnets"][0]["VpcId"]
    group = elb.create_target_group(
        Name="site", Protocol="HTTP", Port=PORT, VpcId=vpc, HealthCheckPath="/", HealthCheckIntervalSeconds=5,
        HealthCheckTimeoutSeconds=2, HealthyThresholdCount=2, UnhealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": servers.hosts["web"]}])
    balancer = elb.create_load_balancer(
        Name="site", Subnets=servers.subnets, SecurityGroups=[servers.groups["web"]], Scheme="internal"
    )["LoadBalancers"][0]["LoadBalancerArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    topic = sns.create_topic(Name="site-alarms")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=ADDRESS)
    return Site(sandbox, servers, balancer.split(":loadbalancer/")[1], group.rsplit(":", 1)[1], topic)


def test_an_alarm_goes_off_and_its_mail_arrives_and_so_does_the_news_that_it_is_over(site: Site) -> None:
    question = site.mail("AWS Notification - Subscription Confirmation")
    link = re.search(r"https://\S+confirmation\.html\S+", question)
    assert link is not None
    token = parse_qs(urlsplit(link[0]).query)["Token"][0]
    site.sandbox.client("sns").confirm_subscription(TopicArn=site.topic, Token=token)

    web = f"railyard.instance={site.servers.hosts['web']}"
    site.sandbox.until(lambda: any(found.running for found in site.sandbox.engine.containers(web)))
    host = Host(site.sandbox.engine, site.servers.hosts["web"], site.sandbox.settings.region)
    # Whether a unit failed or not, it has booted.
    booted = "systemctl is-system-running || true"
    site.sandbox.until(lambda: host.run("sh", "-c", booted).strip() in ("running", "degraded"))
    host.run("systemd-run", "--unit=puma", "python3", "-m", "http.server", str(PORT), "--directory", "/srv")
    its = {"LoadBalancer": site.balancer, "TargetGroup": site.group}
    site.sandbox.until(lambda: site.newest("AWS/ApplicationELB", "HealthyHostCount", "Maximum", **its) == 1.0, 90)
    site.cloudwatch.put_metric_alarm(
        AlarmName="site/balancer/unhealthy",
        Namespace="AWS/ApplicationELB",
        MetricName="UnHealthyHostCount",
        Dimensions=[{"Name": name, "Value": value} for name, value in its.items()],
        Statistic="Maximum",
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Threshold=1,
        Period=10,
        EvaluationPeriods=2,
        AlarmActions=[site.topic],
        OKActions=[site.topic],
    )
    site.sandbox.until(lambda: site.state() == "OK", 60)

    host.run("systemctl", "stop", "puma")
    # A new alarm on a target that was unhealthy a moment ago may have gone off before: that is another change.
    told = site.mail(f"ALARM: {NAMED}", r"State Change: +OK -> ALARM\n")
    assert "has entered the ALARM state" in told and "UnHealthyHostCount" in told
    assert site.state() == "ALARM"

    host.run("systemd-run", "--unit=puma", "python3", "-m", "http.server", str(PORT), "--directory", "/srv")
    numbers = len(site.mails())
    site.sandbox.until(lambda: site.state() == "OK", 90)
    assert re.search(r"State Change: +ALARM -> OK\n", site.mails()[-1].get_content())
    assert site.mails()[-1]["Subject"] == f"OK: {NAMED}" and len(site.mails()) == numbers + 1


def test_servers_are_measured_as_aws_and_its_agent_do(site: Site) -> None:
    server = site.servers.hosts["web"]
    site.sandbox.until(lambda: site.newest("AWS/EC2", "CPUUtilization", InstanceId=server) is not None)
    assert site.newest("AWS/EC2", "StatusCheckFailed", "Maximum", InstanceId=server) is not None
    assert 0 < (site.newest("CWAgent", "mem_used_percent", InstanceId=server) or 0) < 100
    assert 0 < (site.newest("CWAgent", "disk_used_percent", InstanceId=server, path="/") or 0) < 100
    assert (site.newest("AWS/EC2", "NetworkOut", "Sum", InstanceId=server) or 0) > 0


def test_a_database_and_a_cache_are_measured(site: Site) -> None:
    rds, elasticache = site.sandbox.client("rds"), site.sandbox.client("elasticache")
    rds.create_db_subnet_group(
        DBSubnetGroupName="site", DBSubnetGroupDescription="site", SubnetIds=site.servers.subnets
    )
    rds.create_db_instance(
        DBInstanceIdentifier="site", DBInstanceClass="db.t3.micro", Engine="mysql", EngineVersion="8.4",
        AllocatedStorage=20, MasterUsername="admin", MasterUserPassword="the-Pass.word-of-the-test",
        DBSubnetGroupName="site", VpcSecurityGroupIds=[site.servers.groups["service"]],
    )  # fmt: skip
    elasticache.create_cache_subnet_group(
        CacheSubnetGroupName="site", CacheSubnetGroupDescription="site", SubnetIds=site.servers.subnets
    )
    elasticache.create_replication_group(
        ReplicationGroupId="site", ReplicationGroupDescription="site", Engine="redis", CacheNodeType="cache.t3.micro",
        NumNodeGroups=1, ReplicasPerNodeGroup=0, CacheSubnetGroupName="site", TransitEncryptionEnabled=True,
        SecurityGroupIds=[site.servers.groups["service"]], CacheParameterGroupName="default.redis7",
    )  # fmt: skip
    of_database = {"DBInstanceIdentifier": "site"}
    site.sandbox.until(lambda: site.newest("AWS/RDS", "DatabaseConnections", "Minimum", **of_database) == 0.0, 180)
    assert 0 < (site.newest("AWS/RDS", "FreeStorageSpace", "Minimum", **of_database) or 0) < 20 * 2**30
    assert (site.newest("AWS/RDS", "FreeableMemory", **of_database) or 0) > 2**20
    site.sandbox.until(lambda: site.newest("AWS/RDS", "CPUUtilization", **of_database) is not None)

    def nodes() -> list[str]:
        groups = elasticache.describe_replication_groups(ReplicationGroupId="site")["ReplicationGroups"]
        return [member["CacheClusterId"] for shard in groups[0]["NodeGroups"] for member in shard["NodeGroupMembers"]]

    (node,) = site.sandbox.until(nodes)
    site.sandbox.until(lambda: site.newest("AWS/ElastiCache", "Evictions", "Sum", CacheClusterId=node) == 0.0, 120)
    for name in ("CPUUtilization", "EngineCPUUtilization", "DatabaseMemoryUsagePercentage"):
        assert 0 <= (site.newest("AWS/ElastiCache", name, CacheClusterId=node) or 0) < 100
    assert site.newest("AWS/ElastiCache", "DatabaseMemoryUsagePercentage", CacheClusterId=node)
