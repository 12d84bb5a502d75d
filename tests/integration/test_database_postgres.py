"""A database of RDS for PostgreSQL as a server in the VPC meets it: the real thing at its endpoint, over TLS."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from sandbox.network.command import CommandError
from sandbox.services.rds import image as database_image

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

    def psql(
        self,
        sql: str,
        host: str = "web",
        password: str = PASSWORD,
        tls: str = "sslmode=verify-full sslrootcert=/ca.pem",
        name: str = "site",
        login: str = "railyard",
        database: str = "first",
    ) -> str:
        """Run the client in the network of a host, with the host's resolver; passwords come on stdin."""
        address = self.instance(name)["Endpoint"]["Address"]
        way = f"host={address} user={login} dbname={database} connect_timeout=2 {tls}"
        return self.servers.run(
            host,
            database_image.ensure(self.sandbox.settings, recipe=database_image.POSTGRES),
            f'read -r PGPASSWORD; export PGPASSWORD; exec psql -X -q -A -t -v ON_ERROR_STOP=1 "{way}"',
            stdin=f"{password}\n{sql};\n",
        )

    def refused(self, sql: str = "select 1", **how) -> str:
        with pytest.raises(CommandError) as caught:
            self.psql(sql, **how)
        return str(caught.value)

    def followed(self, sql: str, expected: str, **how) -> None:
        def seen() -> bool:
            try:
                return self.psql(sql, **how) == expected
            except CommandError:
                return False

        self.sandbox.until(seen)


@pytest.fixture(scope="module")
def world(sandbox, servers):
    database_image.ensure(sandbox.settings, recipe=database_image.POSTGRES)
    rds = sandbox.client("rds")
    rds.create_db_subnet_group(DBSubnetGroupName="site", DBSubnetGroupDescription="site", SubnetIds=servers.subnets)
    rds.create_db_parameter_group(DBParameterGroupName="site", DBParameterGroupFamily="postgres17", Description="site")
    servers.ec2.authorize_security_group_ingress(
        GroupId=servers.groups["service"],
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 5432,
                "ToPort": 5432,
                "UserIdGroupPairs": [{"GroupId": servers.groups["web"]}],
            }
        ],
    )
    rds.create_db_instance(
        DBInstanceIdentifier="site",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        EngineVersion="17",
        AllocatedStorage=20,
        StorageType="gp3",
        StorageEncrypted=True,
        DBName="first",
        DBSubnetGroupName="site",
        DBParameterGroupName="site",
        VpcSecurityGroupIds=[servers.groups["service"]],
        MasterUsername="railyard",
        MasterUserPassword=PASSWORD,
    )
    made = World(sandbox, rds, servers)
    made.available()
    return made


def test_master_connects_with_tls_from_an_allowed_server_only(world):
    seen = world.psql("select version from pg_stat_ssl where pid = pg_backend_pid()")
    assert seen == "TLSv1.3"
    assert "no pg_hba.conf entry" in world.refused(tls="sslmode=disable")
    assert "password authentication failed" in world.refused(password=SECOND)
    assert "timeout" in world.refused(host="other")


def test_master_has_no_power_over_the_server_and_makes_users_and_databases(world):
    assert (
        world.psql("select rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user") == "f|t|t"
    )
    assert "pg_execute_server_program" in world.refused("copy (select 1) to program 'id'")
    assert "permission denied" in world.refused("alter system set work_mem = '8MB'")
    world.psql("create role shop login password 'a-word-of-shops'; grant shop to current_user")
    world.psql("create database shop owner shop")
    shop = {"login": "shop", "password": "a-word-of-shops", "database": "shop"}
    world.psql("create extension pgcrypto; create table kept (id int); insert into kept values (7)", **shop)
    assert world.psql("select id from kept", **shop) == "7"


def test_parameters_are_followed(world):
    world.rds.modify_db_parameter_group(
        DBParameterGroupName="site",
        Parameters=[
            {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
            for name, value, method in (
                ("log_min_duration_statement", "2000", "immediate"),
                ("rds.force_ssl", "0", "immediate"),
                ("max_connections", "33", "pending-reboot"),
            )
        ],
    )
    world.followed("show log_min_duration_statement", "2s", tls="sslmode=disable")
    # The server follows a moment before the status says so.
    world.sandbox.until(lambda: "max_connections: waits for a reboot" in world.sandbox.command("status").stdout)
    shown = world.sandbox.command("status").stdout
    assert re.search(r"PostgreSQL \d+\.\d+ answers for 17\.7", shown)
    world.rds.reboot_db_instance(DBInstanceIdentifier="site")
    world.available()
    assert world.psql("show max_connections") == "33"


def test_new_password_and_a_killed_server(world):
    world.rds.modify_db_instance(DBInstanceIdentifier="site", MasterUserPassword=SECOND, ApplyImmediately=True)
    world.followed("select 1", "1", password=SECOND)
    assert "password authentication failed" in world.refused()
    world.sandbox.confined("railyard.database")

    def answers() -> bool:
        try:
            return world.psql("select 1", password=SECOND) == "1"
        except CommandError:
            return False

    assert world.sandbox.comes_back("railyard.database", answers) < 30


def test_a_final_snapshot_brings_the_content_back(world):
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
    shop = {"login": "shop", "password": "a-word-of-shops", "database": "shop"}
    assert world.psql("select id from kept", name="again", **shop) == "7"
    assert world.psql("select 1", name="again", password=SECOND) == "1"
    world.rds.delete_db_instance(DBInstanceIdentifier="again", SkipFinalSnapshot=True)
    world.sandbox.until(lambda: not world.sandbox.engine.containers("railyard.database"))
    world.rds.delete_db_snapshot(DBSnapshotIdentifier="site-final")
    world.sandbox.until(lambda: not (world.sandbox.settings.home / "databases").exists())
