"""The first database or cache of an account: AWS refuses it while it makes the service's role."""

from __future__ import annotations

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._resource import service_roles
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.service_roles import once_the_role_is_there
from ansible_collections.railyard.aws.plugins.modules import elasticache_replication_group, rds_instance
from botocore.client import BaseClient
from botocore.exceptions import ClientError

RDS = (
    "InvalidParameterValue",
    "Unable to create the resource. Verify that you have permission to create service linked role. "
    "Otherwise wait and try again later",
)
CACHE = ("ServiceLinkedRoleNotFoundFault", "The specified service linked role (SLR) was not found.")
DENIED = ("AccessDenied", "User is not authorized to perform: iam:CreateServiceLinkedRole on a service-linked role")


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """Seconds that were slept."""
    slept: list[float] = []
    monkeypatch.setattr(service_roles.time, "sleep", slept.append)
    return slept


def refusing(times, refusal):
    """A creation that AWS refuses so many times, and the list of its attempts."""
    attempts = []

    def create():
        attempts.append(refusal)
        if len(attempts) <= times:
            raise ClientError({"Error": {"Code": refusal[0], "Message": refusal[1]}}, "Create")
        return {"made": True}

    return create, attempts


@pytest.mark.parametrize("refusal", [RDS, CACHE])
@pytest.mark.parametrize("times", [0, 1, 5])
def test_refusal_for_want_of_the_role_is_outlasted(pauses, refusal, times):
    create, attempts = refusing(times, refusal)
    assert once_the_role_is_there(create, "rds.amazonaws.com") == {"made": True}
    assert (len(attempts), len(pauses)) == (times + 1, times)


@pytest.mark.parametrize("refusal", [RDS, CACHE])
def test_role_that_does_not_come_is_named_with_the_command_that_makes_it(refusal):
    create, attempts = refusing(99, refusal)
    with pytest.raises(
        ResourceError, match="create-service-linked-role --aws-service-name rds.amazonaws.com"
    ) as raised:
        once_the_role_is_there(create, "rds.amazonaws.com")
    assert refusal[1] in str(raised.value) and len(attempts) == 6


@pytest.mark.parametrize("refusal", [DENIED, ("InvalidParameterValue", "Invalid storage size")])
def test_other_refusals_are_errors_at_once(pauses, refusal):
    create, _attempts = refusing(1, refusal)
    with pytest.raises(ClientError):
        once_the_role_is_there(create, "rds.amazonaws.com")
    assert pauses == []


@pytest.fixture
def new_account(monkeypatch):
    """``new_account(operation, refusal, answer)``: an account that refuses an operation at its first use."""

    def prepare(operation, refusal, answer):
        call, attempts = BaseClient._make_api_call, []

        def first_use(self, asked, arguments):
            if asked != operation:
                return call(self, asked, arguments)
            attempts.append(asked)
            if len(attempts) == 1:
                raise ClientError({"Error": {"Code": refusal[0], "Message": refusal[1]}}, asked)
            return answer

        monkeypatch.setattr(BaseClient, "_make_api_call", first_use)
        return attempts

    return prepare


def test_first_database_of_an_account(aws, run_module, new_account):
    made = {"DBInstanceIdentifier": "t", "DBInstanceArn": "arn:aws:rds:::db:t", "DBInstanceStatus": "creating"}
    attempts = new_account("CreateDBInstance", RDS, {"DBInstance": made})
    result = run_module(
        rds_instance, db_instance_identifier="t", instance_class="db.t4g.micro", allocated_storage=20, wait=False
    )
    assert result["changed"], result.get("msg")
    assert result["instance"]["status"] == "creating" and len(attempts) == 2


def test_first_cache_of_an_account(aws, run_module, new_account, monkeypatch):
    monkeypatch.setattr(elasticache_replication_group, "family_of", lambda *_: "redis7")
    made = {"ReplicationGroupId": "t", "ARN": "arn:aws:elasticache:::replicationgroup:t", "Status": "creating"}
    attempts = new_account("CreateReplicationGroup", CACHE, {"ReplicationGroup": made})
    result = run_module(
        elasticache_replication_group, replication_group_id="t", node_type="cache.t4g.micro", wait=False
    )
    assert result["changed"], result.get("msg")
    assert len(attempts) == 2
