"""Who can reach whom: only what the security groups and routes of the account allow."""

from __future__ import annotations

import json
import socket
import subprocess

import pytest

from tests.e2e.account import STACK, names
from tests.e2e.lab import Lab, until

#: Puts an object by S3's own protocol, signed by curl with the credentials of the instance's role.
PUT = """
base=http://169.254.169.254/latest
token=$(curl -s -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $base/api/token)
ask() { curl -s -H "X-aws-ec2-metadata-token: $token" "$base/meta-data/iam/security-credentials/$1"; }
answer=$(ask "$(ask)")
word() { printf '%s' "$answer" | sed -n "s/.*\\"$1\\" *: *\\"\\([^\\"]*\\)\\".*/\\1/p"; }
curl -s --fail-with-body --aws-sigv4 aws:amz:{region}:s3 --user "$(word AccessKeyId):$(word SecretAccessKey)" \
    -H "x-amz-security-token: $(word Token)" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --upload-file /etc/hostname \
    https://s3.{region}.amazonaws.com/{bucket}/by-hand || echo put-refused
"""


def put_object(bucket: str, region: str) -> str:
    """A shell script that puts an object into a bucket, as the server's role."""
    return PUT.replace("{region}", region).replace("{bucket}", bucket)


def nftables(*arguments: str) -> str:
    """Output of nft in the controller's namespace."""
    return subprocess.run(["nft", *arguments], check=True, capture_output=True, text=True).stdout


def test_no_subnet_gives_public_addresses_unasked(stack: Lab) -> None:
    subnets = (
        stack.account().client("ec2").describe_subnets(Filters=[{"Name": "tag:Stack", "Values": [STACK]}])["Subnets"]
    )
    assert subnets and not [one for one in subnets if one["MapPublicIpOnLaunch"]]


@pytest.mark.parametrize("port", [22, 3000])
def test_controller_cannot_reach_a_private_address(stack: Lab, port: int) -> None:
    # Without the guard the attempt below would leave the machine.
    assert "10.0.0.0/16" in nftables("list", "table", "inet", f"rlyd_{stack.name}")
    address = stack.account().servers()["web01"]["PrivateIpAddress"]
    with pytest.raises(OSError) as refused:
        socket.create_connection((address, port), timeout=20).close()
    assert not isinstance(refused.value, TimeoutError), "the guard must refuse, not swallow"


def test_controller_has_no_link_into_the_vpc(stack: Lab) -> None:
    addresses = json.loads(
        subprocess.run(["ip", "-json", "address"], check=True, capture_output=True, text=True).stdout
    )
    own = {entry["local"] for link in addresses for entry in link["addr_info"]}
    assert not {address for address in own if address.startswith(("10.0.", "198.51.100."))}


def test_web_servers_are_reached_through_the_jump_host(stack: Lab) -> None:
    servers = stack.account().servers()
    assert servers["jump01"]["PrivateIpAddress"] in stack.on("web01", "echo $SSH_CONNECTION")
    assert stack.reaches("jump01", servers["web01"]["PrivateIpAddress"], 22)


def test_servers_cannot_reach_what_no_group_allows(stack: Lab) -> None:
    servers = stack.account().servers()
    web02 = servers["web02"]["PrivateIpAddress"]
    assert not stack.reaches("web01", web02, 22)
    assert not stack.reaches("web01", web02, 3000)
    assert not stack.reaches("jump01", web02, 3000)


def test_database_and_cache_answer_web_servers_only(stack: Lab) -> None:
    database, cache = stack.account().database()["Endpoint"], stack.account().cache()["ConfigurationEndpoint"]
    for endpoint in (database, cache):
        assert stack.reaches("web01", endpoint["Address"], endpoint["Port"])
        assert not stack.reaches("jump01", endpoint["Address"], endpoint["Port"])


def test_names_of_the_private_zone_lead_to_them(stack: Lab) -> None:
    found = stack.on("web01", "getent ahostsv4 db.home && getent ahostsv4 web02.home")
    assert stack.account().servers()["web02"]["PrivateIpAddress"] in found
    assert stack.reaches("web01", "cache.home", 6379)


def test_instance_role_reaches_its_bucket_and_no_other(stack: Lab) -> None:
    for purpose, words in (("uploads", ""), ("mail", "AccessDenied")):
        said = stack.on("web01", put_object(stack.account().bucket(purpose), stack.environment["AWS_REGION"]))
        assert ("put-refused" in said) == bool(words), said
        assert words in said, said


def test_metadata_wants_a_token(stack: Lab) -> None:
    instance = stack.account().servers()["web01"]["InstanceId"]
    code = "curl -s -o /dev/null -w %{http_code} http://169.254.169.254/latest/meta-data/instance-id"
    assert "401" in stack.on("web01", code)
    token = "curl -s -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token"
    ask = "curl -s http://169.254.169.254/latest/meta-data/instance-id"
    assert instance in stack.on("web01", f'{ask} -H "X-aws-ec2-metadata-token: $({token})"')


def test_revoked_rule_cuts_the_traffic_and_its_return_heals(stack: Lab) -> None:
    account = stack.account()
    web = account.group("web")
    from_balancer = [rule for rule in web["IpPermissions"] if rule.get("FromPort") == 3000]
    assert from_balancer and from_balancer[0]["UserIdGroupPairs"], names(web["Tags"])

    def is_cut() -> bool:
        try:
            stack.page(timeout=3)
        except OSError:
            return True
        return False

    account.ec2.revoke_security_group_ingress(GroupId=web["GroupId"], IpPermissions=from_balancer)
    try:
        until("no page without the rule", is_cut, 30)
    finally:
        account.ec2.authorize_security_group_ingress(GroupId=web["GroupId"], IpPermissions=from_balancer)
    until("the page with the rule", lambda: stack.page(timeout=3), 60)
    until("healthy targets", lambda: set(account.target_states().values()) == {"healthy"}, 60)
