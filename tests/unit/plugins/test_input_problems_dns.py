"""What is said about wrong names of the site and of the private zone."""

from __future__ import annotations

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.dns import dns_problems

GOOD = {
    "railyard_domain": "example.com",
    "railyard_site_host": "www.example.com",
    "railyard_private_zone": "home",
    "railyard_ca_file": "",
}
NONE = {"railyard_domain": "", "railyard_site_host": ""}
LOCAL = {"railyard_domain": "railyard.localhost", "railyard_site_host": "www.railyard.localhost"}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        NONE,
        {"railyard_site_host": "example.com"},
        {"railyard_domain": "shop.example.co.uk", "railyard_site_host": "www.shop.example.co.uk"},
        {"railyard_domain": "xn--bcher-kva.example.com", "railyard_site_host": "xn--bcher-kva.example.com"},
        {"railyard_private_zone": "inside.example.com"},
        {**NONE, "railyard_private_zone": "example.com"},
        {**LOCAL, "railyard_ca_file": "/ca.pem"},
    ],
)
def test_good_inputs_pass(changes):
    assert dns_problems({**GOOD, **changes}) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"railyard_domain": "https://Example.com/"}, "which is no domain; write one such as example.com"),
        ({"railyard_domain": "example.com."}, "export RAILYARD_DOMAIN=example.com"),
        ({"railyard_domain": "example.com:443"}, "export RAILYARD_DOMAIN=example.com"),
        ({"railyard_domain": "example"}, "railyard_domain is 'example', which is no domain"),
        ({"railyard_domain": "10.0.0.1"}, "railyard_domain is '10.0.0.1', which is no domain"),
        ({"railyard_domain": "-a.example.com"}, "railyard_domain is '-a.example.com', which is no domain"),
        ({"railyard_domain": f"{'a' * 64}.com"}, "which is no domain; write one such as example.com"),
        ({"railyard_domain": "www.example.com"}, "www. is put before it anyway: export RAILYARD_DOMAIN=example.com"),
        (LOCAL, "Amazon certifies nothing below localhost"),
        ({"railyard_domain": "shop.test", "railyard_site_host": "www.shop.test"}, "nothing below test"),
        ({"railyard_site_host": "www.example.org"}, "write example.com or a name below it, such as www.example.com."),
        ({"railyard_site_host": "notexample.com"}, "write example.com or a name below it"),
        ({"railyard_site_host": ""}, "write example.com or a name below it"),
        ({"railyard_site_host": f"{'a' * 60}.example.com"}, "which has 72 characters; a certificate takes 64"),
        ({"railyard_domain": ""}, "but there is no domain: export RAILYARD_DOMAIN=example.com"),
        ({"railyard_private_zone": "Home."}, "railyard_private_zone is 'Home.'; write a name such as home"),
        ({"railyard_private_zone": ""}, "railyard_private_zone is ''; write a name such as home"),
        ({"railyard_private_zone": "example.com"}, "which would hide the domain example.com from the servers"),
        ({"railyard_private_zone": "com"}, "which would hide the domain example.com from the servers"),
    ],
)
def test_wrong_inputs_are_named_with_what_to_write(changes, said):
    (problem,) = dns_problems({**GOOD, **changes})
    assert said in problem
