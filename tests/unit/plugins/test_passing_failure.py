"""Which failures another look at the account mends."""

from __future__ import annotations

import pytest
from ansible_collections.railyard.aws.plugins.filter.failure_message import FilterModule as Message
from ansible_collections.railyard.aws.plugins.filter.passing_failure import FilterModule as Passing

passing_failure = Passing().filters()["passing_failure"]
failure_message = Message().filters()["failure_message"]


def refusal(code: str, action: str = "CreateThing") -> dict:
    # As modules of amazon.aws answer.
    error = {"type": "Sender", "code": code, "message": "so it is"}
    text = f"An error occurred ({code}) when calling the {action} operation: so it is"
    return {"error": error, "msg": f"Cannot make it: {text}"}


@pytest.mark.parametrize(
    "code",
    [
        *(
            "EntityAlreadyExists",
            "DBSubnetGroupAlreadyExists",
            "DBInstanceAlreadyExists",
            "OptionGroupAlreadyExistsFault",
        ),
        *("ReplicationGroupAlreadyExists", "CacheParameterGroupAlreadyExists", "ResourceExistsException"),
        *(
            "BucketAlreadyOwnedByYou",
            "HostedZoneAlreadyExists",
            "DuplicateLoadBalancerName",
            "DuplicateTargetGroupName",
        ),
        *(
            "InvalidGroup.Duplicate",
            "InvalidKeyPair.Duplicate",
            "InvalidPermission.Duplicate",
            "InvalidSubnet.Conflict",
        ),
        *("Resource.AlreadyAssociated", "RouteAlreadyExists", "NetworkAclEntryAlreadyExists", "AlreadyExistsException"),
        *("ParameterAlreadyExists", "FlowLogAlreadyExists", "DuplicateListener", "ResourceAlreadyExistsException"),
    ],
)
def test_what_exists_already_is_looked_at_again(code):
    assert "exists already" in passing_failure(refusal(code))


@pytest.mark.parametrize(
    "code",
    [
        *("InvalidVpcID.NotFound", "InvalidSubnetID.NotFound", "InvalidAllocationID.NotFound", "NoSuchEntity"),
        *(
            "NoSuchBucket",
            "NoSuchHostedZone",
            "LoadBalancerNotFound",
            "DBInstanceNotFound",
            "DBSubnetGroupNotFoundFault",
        ),
        *("ReplicationGroupNotFoundFault", "ResourceNotFoundException", "RuleSetDoesNotExist", "404"),
    ],
)
def test_what_is_not_shown_yet_is_looked_at_again(code):
    assert "not show yet" in passing_failure(refusal(code, "DescribeThing"))


@pytest.mark.parametrize(
    "code", ["InternalError", "InternalFailure", "InternalServiceErrorException", "ServiceUnavailable", "503"]
)
def test_errors_of_aws_pass(code):
    assert "answers with errors" in passing_failure(refusal(code))


@pytest.mark.parametrize(
    "text",
    [
        "Module failed: 'NoneType' object has no attribute 'get'",
        "Module failed: list index out of range",
        "Module failed: 'NoneType' object is not subscriptable",
        "KeyError: 'VpcId'",
    ],
)
def test_errors_of_python_pass(text):
    assert "did not understand" in passing_failure({"msg": text})


@pytest.mark.parametrize(
    "code",
    [
        *(
            "AccessDenied",
            "UnauthorizedOperation",
            "VpcLimitExceeded",
            "AddressLimitExceeded",
            "LimitExceededException",
        ),
        *(
            "InvalidParameterValue",
            "BucketAlreadyExists",
            "ValidationException",
            "InsufficientInstanceCapacity",
        ),
        *("DependencyViolation", "Throttling", "OptInRequired"),
    ],
)
def test_what_a_person_has_to_mend_does_not_pass(code):
    assert passing_failure(refusal(code)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "VPC 'railyard' not found in ap-northeast-1; run `ansible-playbook site.yml --tags vpc` first.",
        "VPC 'railyard' exists more than once in ap-northeast-1: vpc-1 and vpc-2.",
        "The private key /nowhere does not exist",
        "Assertion failed",
        "",
    ],
)
def test_messages_of_ours_do_not_pass(text):
    assert passing_failure({"msg": text}) == ""


def test_of_a_loop_every_failed_item_has_to_pass():
    exists, denied, fine = refusal("EntityAlreadyExists"), refusal("AccessDenied"), {"msg": "done", "changed": True}
    bad = {"failed": True}
    assert passing_failure({"msg": "One or more items failed", "results": [fine, exists | bad]})
    assert not passing_failure({"msg": "One or more items failed", "results": [exists | bad, denied | bad]})
    assert failure_message({"msg": "One or more items failed", "results": [fine, denied | bad]}) == denied["msg"]


@pytest.mark.parametrize("result", [None, {}, "text", {"results": []}])
def test_what_says_nothing_does_not_pass(result):
    assert passing_failure(result) == ""
    assert failure_message(result) == "The task above failed."


@pytest.mark.parametrize("said", ["", ": 'VpcId'", ": list index out of range", ": not enough values to unpack"])
def test_a_module_that_ended_in_an_exception_is_begun_again_and_told_in_words(said):
    # What ansible-core makes of an exception that a module did not catch; a KeyError says next to nothing.
    result = {"failed": True, "msg": f"Task failed: Module failed{said or '.'}"}
    assert "did not understand" in passing_failure(result)
    told = failure_message(result)
    assert "run the same command again" in told
    assert said.removeprefix(": ") in told
    assert not told.startswith("Task failed")


def test_what_a_module_gives_no_reason_for_is_looked_at_again():
    said = "Unable to create security group: Failed to create security group"
    assert "keeps to itself" in passing_failure({"failed": True, "msg": said})
    denied = f"{said}: An error occurred (UnauthorizedOperation) when calling the CreateSecurityGroup operation: no"
    assert passing_failure({"failed": True, "msg": denied}) == ""


def test_a_topic_that_is_not_listed_yet_is_looked_at_again():
    said = "Cannot set display name, policy or delivery policy for SNS topics not owned by this account"
    assert "not show yet" in passing_failure({"failed": True, "msg": said})
