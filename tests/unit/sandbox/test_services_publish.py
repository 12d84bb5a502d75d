"""What is published, and the relay between two loopback sockets."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest

from sandbox.core.settings import Settings
from sandbox.publish.addresses import LOCALHOST, Published, local_sites, published, redirections
from sandbox.publish.layer import PublishLayer
from sandbox.publish.relay import Relay
from sandbox.services.ec2.picture import Instance, Rule, SecurityGroup, Vpc
from sandbox.services.elbv2.picture import Listener, LoadBalancer
from sandbox.services.picture import Picture
from sandbox.services.route53.picture import PublicZone

ANY = ("0.0.0.0/0",)


def picture(*rules: Rule, state: str = "running", public_ip: str | None = "127.0.1.9") -> Picture:
    group = SecurityGroup("sg-1", "g", rules, ())
    vpc = Vpc("vpc-1", "10.0.0.0/16", None, (), (group,), ())
    instance = Instance(
        "i-1", "vpc-1", "subnet-1", state, "10.0.0.5", public_ip, ("sg-1",), "02:00:00:00:00:01", "ami-1", "t3.micro",
        "a", None, None, None, None,
    )  # fmt: skip
    return Picture(vpcs=(vpc,), instances=(instance,))


@pytest.mark.parametrize(
    ("rule", "ports"),
    [
        (Rule("tcp", 22, 22, ANY), {22}),
        (Rule("tcp", 443, 443, ANY), {22, 443}),
        (Rule("tcp", 8000, 8002, ANY), {22, 8000, 8001, 8002}),
        (Rule("tcp", 1, 65535, ANY), {22}),
        (Rule("tcp", 3000, 3000, (), ("sg-2",)), {22}),
        (Rule("udp", 53, 53, ANY), {22}),
        (Rule("-1", None, None, ANY), {22}),
    ],
)
def test_ports_of_an_instance(rule, ports):
    assert {entry.port for entry in published(picture(rule))} == ports


@pytest.mark.parametrize("change", [{"state": "stopped"}, {"public_ip": None}, {"public_ip": "192.0.2.1"}])
def test_nothing_is_published(change):
    assert published(picture(**change)) == ()


def test_load_balancer_publishes_its_listeners():
    balancer = LoadBalancer(
        "arn/x", "x", "vpc-1", "internet-facing", (), (("a", "10.0.0.4"), ("b", "10.0.16.4")), "127.130.0.1",
        (Listener("l", "HTTP", 80, ()),),
    )  # fmt: skip
    assert published(Picture(load_balancers=(balancer,))) == (
        Published("127.130.0.1", 80, "vpc-1", ("10.0.0.4", "10.0.16.4")),
    )


def site(name: str, target: str = "127.130.0.1.", kind: str = "A") -> dict:
    return {"Name": name, "Type": kind, "AliasTarget": {"DNSName": target}}


def local(*records: dict, zone: str = "railyard.localhost.", ports: tuple[int, ...] = (80, 443)) -> Picture:
    listeners = tuple(Listener(str(port), "HTTP", port, ()) for port in ports)
    balancers = tuple(
        LoadBalancer(f"arn/{n}", str(n), f"vpc-{n}", "internet-facing", (), (("a", f"10.{n}.0.4"),), address, listeners)
        for n, address in ((1, "127.130.0.1"), (2, "127.130.0.2"))
    )
    return Picture(load_balancers=balancers, public_zones=(PublicZone("Z", zone, records),))


@pytest.mark.parametrize(
    ("picture", "found"),
    [
        (local(site("www.railyard.localhost.")), [(80, "vpc-1"), (443, "vpc-1")]),
        # One port is one site's: the first by name.
        (
            local(site("www.railyard.localhost.", "127.130.0.2."), site("a.railyard.localhost.")),
            [(80, "vpc-1"), (443, "vpc-1")],
        ),
        (local(site("www.example.com."), zone="example.com."), []),
        (local(site("www.railyard.localhost.", "127.130.0.9.")), []),
        (local(site("www.railyard.localhost.", kind="AAAA")), []),
        (local({"Name": "www.railyard.localhost.", "Type": "A", "ResourceRecords": [{"Value": "127.130.0.1"}]}), []),
    ],
)
def test_sites_below_localhost_are_where_browsers_look(picture, found):
    assert [(one.port, one.vpc_id) for one in local_sites(picture)] == found
    assert {one.address for one in local_sites(picture)} <= {LOCALHOST}


@pytest.fixture
def layer(tmp_path, monkeypatch):
    """The layer, whose redirections go nowhere."""
    made = PublishLayer(Settings("t", tmp_path, 0, "ap-northeast-1"))
    monkeypatch.setattr(made, "_redirect", lambda ports: None)
    monkeypatch.setattr(made, "_remove_table", lambda: None)
    yield made
    made.close()


def test_a_port_that_somebody_has_is_left_alone_said_and_taken_once_it_is_free(layer):
    with socket.create_server((LOCALHOST, 0)) as other:
        port = other.getsockname()[1]
        wanted = local(site("www.railyard.localhost."), ports=(port,))
        layer.converge(wanted)
        states = {row["name"]: row["state"] for row in layer.status()}
        assert states[f"{LOCALHOST}:{port}"] == "taken"
        assert states[f"127.130.0.1:{port}"] == "listening"
    layer.converge(wanted)
    states = {row["name"]: row["state"] for row in layer.status()}
    assert states[f"{LOCALHOST}:{port}"] == "listening"
    layer.converge(Picture())
    assert layer.status() == []
    with socket.create_server((LOCALHOST, port)):
        pass


def test_redirections_replace_the_table_in_one_transaction():
    lines = redirections("t", {("127.0.0.9", 22): 40001}).splitlines()
    assert lines[:3] == ["table ip t {}", "delete table ip t", "table ip t {"]
    assert "    ip daddr 127.0.0.9 tcp dport 22 dnat ip to 127.0.0.9:40001" in lines


@pytest.fixture
def relay():
    made = Relay()
    yield made
    made.close()


def dial_to(address):
    return lambda: [(socket.socket(), address)]


def test_relay_passes_the_end_of_one_direction_and_still_carries_the_other(relay):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            peer, _unused = server.accept()
            with peer:
                size = 0
                while part := peer.recv(65536):
                    size += len(part)
                peer.sendall(str(size).encode())

        thread = threading.Thread(target=serve)
        thread.start()
        listening = relay.listen("127.0.0.1", dial_to(server.getsockname()))
        with socket.create_connection(listening.getsockname(), timeout=10) as client:
            client.sendall(b"x" * 1_000_000)
            client.shutdown(socket.SHUT_WR)
            assert client.recv(100) == b"1000000"
            assert client.recv(100) == b""
        thread.join(timeout=10)


def test_relay_resets_when_no_target_lets_it_in(relay):
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()
    listening = relay.listen("127.0.0.1", dial_to(closed))
    # The reset may arrive while the client still connects, on a busy machine.
    with (
        pytest.raises(ConnectionResetError),
        socket.create_connection(listening.getsockname(), timeout=10) as client,
    ):
        client.recv(1)


def test_relay_takes_the_second_target_when_the_first_refuses(relay):
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()
    with socket.create_server(("127.0.0.1", 0)) as server:
        listening = relay.listen(
            "127.0.0.1", lambda: [(socket.socket(), closed), (socket.socket(), server.getsockname())]
        )
        with socket.create_connection(listening.getsockname(), timeout=10) as client:
            client.sendall(b"hello")
            peer, _unused = server.accept()
            with peer:
                assert peer.recv(5) == b"hello"


def test_forgotten_port_refuses(relay):
    listening = relay.listen("127.0.0.1", dial_to(("127.0.0.1", 9)))
    address = listening.getsockname()
    relay.forget(listening)
    with contextlib.closing(socket.socket()) as client, pytest.raises(ConnectionRefusedError):
        client.connect(address)
