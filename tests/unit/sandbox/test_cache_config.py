"""Texts for and from a cache node."""

from __future__ import annotations

import pytest
from cache_pictures import DOMAIN, SECRET, group

from sandbox.services.elasticache import config
from sandbox.services.elasticache.cluster import view_of


def lines(**more: object) -> list[str]:
    asked = group(**more)
    return config.config(asked, asked.nodes[-1], SECRET).splitlines()


def test_with_transit_encryption_nothing_listens_in_plain_text():
    found = lines()
    assert {"port 0", "tls-port 6379", "tls-cluster yes", "tls-replication yes"} <= set(found)
    assert "port 6379" not in found


def test_without_transit_encryption_there_is_no_tls():
    found = lines(tls=False)
    assert "port 6379" in found
    assert not [line for line in found if line.startswith("tls") or "hostname" in line]


def test_encrypted_cluster_sends_clients_to_names_that_its_certificate_has():
    asked = group()
    assert f"cluster-announce-hostname {asked.nodes[1].name}" in lines()
    assert config.certificate_names(asked, asked.nodes[1]) == [asked.nodes[1].name, f"clustercfg.{DOMAIN}"]


def test_without_cluster_mode_replicas_copy_the_primary():
    asked = group(cluster_mode=False, slots=())
    assert "replicaof 10.0.64.21 6379" in config.config(asked, asked.nodes[1], SECRET).splitlines()
    primary = config.config(asked, asked.nodes[0], SECRET)
    assert "\nreplicaof" not in primary
    assert "cluster-enabled" not in primary


def test_another_name_changes_the_text_so_that_the_certificate_is_issued_again():
    assert lines() != lines(names=((f"other.{DOMAIN}", ()),))


def test_clients_may_not_use_what_the_service_keeps_to_itself():
    (user,) = (line for line in lines() if line.startswith("user default"))
    assert {"-config", "-replicaof", "-cluster|setslot", "-shutdown"} <= set(user.split())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"maxmemory": "268435456"}),
        ({"reserved-memory-percent": "25"}, {"maxmemory": "201326592"}),
        (
            {"maxmemory-policy": "noeviction", "timeout": "30"},
            {"maxmemory": "268435456", "maxmemory-policy": "noeviction", "timeout": "30"},
        ),
        # not Redis's, not for all builds of it, or not to be changed
        ({"close-on-replica-write": "yes", "activedefrag": "yes", "appendonly": "no"}, {"maxmemory": "268435456"}),
        (
            {
                "client-output-buffer-limit-normal-hard-limit": "0",
                "client-output-buffer-limit-pubsub-hard-limit": "3",
                "client-output-buffer-limit-pubsub-soft-limit": "2",
                "client-output-buffer-limit-pubsub-soft-seconds": "60",
            },
            {"client-output-buffer-limit": "normal 0 0 0 pubsub 3 2 60", "maxmemory": "268435456"},
        ),
    ],
)
def test_parameters(given, expected):
    assert config.parameters(group(parameters=tuple(given.items()))) == expected


@pytest.mark.parametrize("value", ["", "plain", 'a "quoted" \\ one'])
def test_quoting_is_undone(value):
    assert config.unquoted(config.quoted(value)) == value


def test_value_that_would_start_another_setting_is_refused():
    with pytest.raises(ValueError, match="control characters"):
        config.quoted("60\nport 6379")


INFO = "cluster_state:{state}\r\ncluster_slots_assigned:16384\r\ncluster_slots_ok:{slots}\r\n"


def test_view_of_a_master_that_moves_slots():
    said = (
        "aaa 10.0.0.1:6379@16379,one myself,master - 0 0 2 connected 0-5 9 [7->-bbb] [8-<-bbb]\n"
        "bbb 10.0.0.2:6379@16379,two master - 0 1 1 connected 10-20\n"
        "ccc 10.0.0.3:6379@16379 handshake - 0 0 0 disconnected\n"
        "ddd 10.0.0.4:6379@16379 slave,fail bbb 0 0 0 disconnected\n"
    )
    view = view_of(said, INFO.format(state="ok", slots=16384))
    assert view.id == "aaa"
    assert view.known == {"aaa", "bbb", "ddd"}
    assert view.master is None
    assert view.slots == {0, 1, 2, 3, 4, 5, 9}
    assert view.moving == {7, 8}
    assert view.settled


@pytest.mark.parametrize(("state", "slots"), [("fail", 16384), ("ok", 16383)])
def test_view_of_a_replica_that_does_not_see_all(state, slots):
    said = "aaa 10.0.0.1:6379@16379 myself,slave bbb 0 0 2 connected\n"
    view = view_of(said, INFO.format(state=state, slots=slots))
    assert (view.master, view.slots, view.settled) == ("bbb", frozenset(), False)
