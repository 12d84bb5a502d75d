"""What is said about wrong inputs of mail."""

from __future__ import annotations

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.mail import mail_problems

GOOD = {
    "railyard_region": "ap-northeast-1",
    "railyard_domain": "example.com",
    "railyard_mail_sender": "noreply@example.com",
    "railyard_mail_recipients": ["ada.l+x@sub.example.net"],
    "railyard_mail_notice_addresses": [],
    "railyard_mail_receiving": True,
    "railyard_mail_receiving_regions": ["ap-northeast-1", "eu-west-1"],
    "railyard_mail_prefix": "mail/",
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"railyard_mail_sender": "Hello@Example.com"},
        {"railyard_domain": "", "railyard_mail_sender": "", "railyard_mail_receiving": False},
        {"railyard_region": "us-west-1", "railyard_mail_receiving": "false"},
        {"railyard_mail_prefix": ""},
    ],
)
def test_good_inputs_pass(changes):
    assert mail_problems({**GOOD, **changes}) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"railyard_mail_recipients": "ada@example.net"},
            "railyard_mail_recipients is 'ada@example.net', which is no list",
        ),
        (
            {"railyard_mail_recipients": ["ada"]},
            "railyard_mail_recipients has 'ada', which is no e-mail address; write one like",
        ),
        ({"railyard_mail_recipients": ["ada@example"]}, "has 'ada@example'"),
        ({"railyard_mail_recipients": ["a..b@example.net"]}, "has 'a..b@example.net'"),
        ({"railyard_mail_recipients": ["Ada <ada@example.net>"]}, "has 'Ada <ada@example.net>'"),
        ({"railyard_mail_notice_addresses": [7]}, "railyard_mail_notice_addresses has '7'"),
        (
            {"railyard_mail_sender": "noreply"},
            "railyard_mail_sender is 'noreply', which is no e-mail address; write one like noreply@example.com.",
        ),
        ({"railyard_mail_sender": "a@example.org"}, "SES sends for example.com only"),
        ({"railyard_domain": ""}, "railyard_mail_receiving is true, but railyard_domain is empty"),
        (
            {"railyard_region": "us-west-1"},
            "SES does not receive in us-west-1; set it to false, choose one of ap-northeast-1, eu-west-1",
        ),
        ({"railyard_mail_prefix": "mail"}, "railyard_mail_prefix is 'mail'"),
        ({"railyard_mail_prefix": "../x/ y/"}, "railyard_mail_prefix is"),
    ],
)
def test_wrong_inputs_are_named_with_what_to_write(changes, said):
    (problem,) = mail_problems({**GOOD, **changes})
    assert said in problem
