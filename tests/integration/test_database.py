"""A database of RDS as a server in the VPC meets it: the real thing at its endpoint, for whom the groups let in."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from dataclasses import dataclass

import pytest

from sandbox.core import daemon
from sandbox.network.command import CommandError
from sandbox.services.rds import image as database_image
from sandbox.services.rds.names import interface_id

PASSWORD = "first-Pass.word-of-the-test"
SECOND = "second-Pass.word-of-the-test"


@dataclass
class World:
    sandbox: object
    rds: object
    servers: object

    def instance(self, name: str = "site") -> dict:
        return self.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]

    def available(self, name: str = "site") -> dict:
        self.sandbox.until(lambda: self.instance(name)["DBInstanceStatus"] == "available")
        return self.instance(name)

    def mariadb(self, host: str, sql: str, password: str = PASSWORD, tls: bool = True, name: str = "site") -> str:
        """Run the client in the network of a host, with the host's resolver; the password comes on stdin."""
        verify = "--ssl-verify-server-cert --ssl-ca=/ca.pem" if tls else "--skip-ssl"
        address = self.instance(name)["Endpoint"]["Address"]
        return self.servers.run(
            host,
            database_image.ensure(self.sandbox.settings),
            "read -r MYSQL_PWD; export MYSQL_PWD; "
            f'exec mariadb --no-defaults --connect-timeout=2 -N -B -h {address} -u admin {verify} -e "{sql}"',
            stdin=password + "\n",
        )

    def refused(self, host: str, sql: str = "select 1", **how) -> str:
        with pytest.raises(CommandError) as caught:
            self.mariadb(host, sql, **how)
        return str(caught.value)


@pytest.fixture(scope="module")
def world(sandbox, servers):
    # Built once for the machine; how long that takes is no matter of these tests.
    database_image.ensure(sandbox.settings)
    rds = sandbox.client("rds")
    rds.create_db_subnet_group(DBSubnetGroupName="site", DBSubnetGroupDescription="site", SubnetIds=servers.subnets)
    rds.create_db_parameter_group(DBParameterGroupName="site", DBParameterGroupFamily="mysql8.4", Description="site")
    rds.modify_db_parameter_group(
        DBParameterGroupName="site",
        Parameters=[
            {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "pending-reboot"}
            for name, value in (("require_secure_transport", "1"), ("long_query_time", "2"))
        ],
    )
    rds.create_db_instance(
        DBInstanceIdentifier="site",
        DBInstanceClass="db.t3.micro",
        Engine="mysql",
        EngineVersion="8.4",
        AllocatedStorage=20,
        StorageType="gp3",
        StorageEncrypted=True,
        DBName="first",
        DBSubnetGroupName="site",
        DBParameterGroupName="site",
        VpcSecurityGroupIds=[servers.groups["service"]],
        MasterUsername="admin",
        MasterUserPassword=PASSWORD,
    )
    made = World(sandbox, rds, servers)
    made.available()
    return made


def test_master_connects_with_tls_from_an_allowed_server_only(world):
    tls = world.mariadb("web", "select 1; show status like 'Ssl_version'; show databases like 'first'").split()
    assert tls == ["1", "Ssl_version", "TLSv1.3", "first"]
    assert "Can't connect" in world.refused("other")
    # MariaDB 10.11 words it like a wrong password, which the line above shows it is not.
    assert "Access denied" in world.refused("web", tls=False)
    assert "Access denied" in world.refused("web", password=SECOND)


def test_master_has_no_power_over_the_server(world):
    assert "Access denied" in world.refused("web", "set global max_connections = 7")
    grants = world.mariadb("web", "show grants")
    assert "CREATE USER" in grants
    assert not re.search("ALL PRIVILEGES|SUPER|FILE|SHUTDOWN", grants)


def test_it_is_nobody_and_is_back_when_it_was_killed(world):
    world.sandbox.confined("railyard.database")

    def answers() -> bool:
        try:
            return world.mariadb("web", "select 1") == "1"
        except CommandError:
            return False

    seconds = world.sandbox.comes_back("railyard.database", answers)
    print(f"database: back after {seconds:.1f} s")
    assert seconds < 30


def test_its_interface_holds_subnet_and_group(world):
    found = world.servers.ec2.describe_network_interfaces(
        NetworkInterfaceIds=[interface_id(world.instance()["DbiResourceId"])]
    )["NetworkInterfaces"][0]
    assert (found["Description"], found["RequesterManaged"]) == ("RDSNetworkInterface", True)
    for delete in (
        lambda: world.servers.ec2.delete_subnet(SubnetId=found["SubnetId"]),
        lambda: world.servers.ec2.delete_security_group(GroupId=world.servers.groups["service"]),
    ):
        with pytest.raises(world.servers.ec2.exceptions.ClientError, match="DependencyViolation"):
            delete()


def test_changes_are_followed(world):
    world.mariadb("web", "create table first.kept (id int); insert into first.kept values (7)")
    world.rds.modify_db_parameter_group(
        DBParameterGroupName="site",
        Parameters=[{"ParameterName": "long_query_time", "ParameterValue": "5", "ApplyMethod": "immediate"}],
    )
    world.rds.modify_db_instance(
        DBInstanceIdentifier="site", MasterUserPassword=SECOND, AllocatedStorage=30, ApplyImmediately=True
    )

    def followed():
        try:
            return float(world.mariadb("web", "select @@global.long_query_time", password=SECOND)) == 5
        except CommandError:
            return False

    world.sandbox.until(followed)
    assert "Access denied" in world.refused("web")
    assert world.available()["AllocatedStorage"] == 30


def test_data_outlive_stop_start_reboot_and_a_killed_daemon(world):
    world.rds.stop_db_instance(DBInstanceIdentifier="site")
    stopped = "Can't connect"
    world.sandbox.until(lambda: not world.sandbox.engine.containers("railyard.database"))
    assert stopped in world.refused("web", password=SECOND)
    world.rds.start_db_instance(DBInstanceIdentifier="site")
    world.available()
    world.rds.reboot_db_instance(DBInstanceIdentifier="site")
    world.available()
    (before,) = world.sandbox.engine.containers("railyard.database")
    # What the API changed is on disk a second later.
    world.sandbox.until(lambda: not json.loads(world.sandbox.command("status", "--json").stdout)["unsaved"])
    os.kill(daemon.running_pid(world.sandbox.settings), signal.SIGKILL)
    time.sleep(0.5)
    assert world.sandbox.command("up", "--require-hosts").returncode == 0
    world.available()
    (after,) = world.sandbox.engine.containers("railyard.database")
    assert after.pid == before.pid, "the server was not adopted"
    assert world.mariadb("web", "select id from first.kept", password=SECOND) == "7"


def test_no_password_in_processes_logs_or_files_that_others_read(world):
    settings = world.sandbox.settings
    (container,) = world.sandbox.engine.containers("railyard.database")
    shown = [
        world.sandbox.command("status", "--json").stdout,
        daemon.log_file(settings).read_text(),
        world.sandbox.engine.logs(container.name, 1000),
        world.sandbox.engine.podman("inspect", container.name),
    ]
    for path in settings.home.rglob("*"):
        if path.is_file() and path.stat().st_mode & 0o077:
            private = any(
                parent.stat().st_mode & 0o077 == 0 for parent in path.parents if parent.is_relative_to(settings.home)
            )
            if not private:
                shown.append(path.read_bytes().decode("latin-1"))
    for text in shown:
        assert PASSWORD not in text
        assert SECOND not in text


def test_managed_secret_opens_it_and_a_final_snapshot_brings_the_content_back(world):
    world.rds.delete_db_instance(DBInstanceIdentifier="site", FinalDBSnapshotIdentifier="site-final")

    def snapshot():
        return world.rds.describe_db_snapshots(DBSnapshotIdentifier="site-final")["DBSnapshots"][0]

    world.sandbox.until(lambda: snapshot()["Status"] == "available")
    world.sandbox.until(lambda: not world.sandbox.engine.containers("railyard.database"))
    world.rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="again",
        DBSnapshotIdentifier="site-final",
        DBSubnetGroupName="site",
        VpcSecurityGroupIds=[world.servers.groups["service"]],
    )
    world.available("again")
    assert world.mariadb("web", "select id from first.kept", password=SECOND, name="again") == "7"
    world.rds.modify_db_instance(DBInstanceIdentifier="again", ManageMasterUserPassword=True, ApplyImmediately=True)
    secret = world.instance("again")["MasterUserSecret"]["SecretArn"]
    value = json.loads(world.sandbox.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])

    def opens():
        try:
            return world.mariadb("web", "select 1", password=value["password"], name="again") == "1"
        except CommandError:
            return False

    world.sandbox.until(opens)
    assert value["username"] == "admin"
    world.rds.delete_db_instance(DBInstanceIdentifier="again", SkipFinalSnapshot=True)
    world.sandbox.until(lambda: not world.sandbox.engine.containers("railyard.database"))
    world.rds.delete_db_snapshot(DBSnapshotIdentifier="site-final")
    world.sandbox.until(lambda: not (world.sandbox.settings.home / "databases").exists())
