"""The derived SMTP password against AWS's published vector, and what it refuses."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.filter.ses_smtp_password import FilterModule

ses_smtp_password = FilterModule().filters()["ses_smtp_password"]
SECRET = "some+secret+key"


def test_published_vector():
    assert ses_smtp_password(SECRET, "eu-central-1") == "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2"


def test_each_region_and_secret_has_its_own():
    passwords = {
        ses_smtp_password(secret, region)
        for secret in (SECRET, SECRET + "2")
        for region in ("ap-northeast-1", "us-gov-west-1", "eusc-de-east-1")
    }
    assert len(passwords) == 6


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("canary", "has 6 characters"),
        ("canary-canary-canary\n", "line break"),
        ("canary canary canary", "blank"),
        ("AKIACANARYCANARY1234", "access key's id"),
        ({"canary": "canary"}, "not text but dict"),
        (None, "not text but NoneType"),
    ],
)
def test_what_is_no_secret_is_refused_without_repeating_it(secret, said):
    with pytest.raises(AnsibleFilterError, match=said) as caught:
        ses_smtp_password(secret, "ap-northeast-1")
    assert "canary" not in str(caught.value).lower()


@pytest.mark.parametrize(
    "region",
    ["", None, "tokyo", "ap-northeast", "ap_northeast_1", "AP-NORTHEAST-1", "ap-northeast-1a", "ap-northeast-1\n"],
)
def test_what_is_no_region_is_refused_without_the_secret(region):
    with pytest.raises(AnsibleFilterError, match="ap-northeast-1") as caught:
        ses_smtp_password(SECRET, region)
    assert SECRET not in str(caught.value)
    assert repr(region) in str(caught.value)
