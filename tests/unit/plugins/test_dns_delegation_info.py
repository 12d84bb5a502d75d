"""Whether the world is led to a zone, asked of a resolver in this process."""

from __future__ import annotations

import socket
import threading

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._dns import delegation, messages
from ansible_collections.railyard.aws.plugins.modules import dns_delegation_info
from dnslib import CNAME, NS, QTYPE, RCODE, RR, A, DNSRecord

ZONE = ["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"]


def reply(query: bytes, *servers: str, rcode: int = RCODE.NOERROR, extra: tuple[RR, ...] = ()) -> bytes:
    record = DNSRecord.parse(query)
    answer = record.reply()
    answer.header.rcode = rcode
    for one in extra:
        answer.add_answer(one)
    for server in servers:
        answer.add_answer(RR(record.q.qname, QTYPE.NS, rdata=NS(server)))
    return answer.pack()


@pytest.fixture
def resolver():
    """``resolver(reply)``: address of a resolver on loopback that answers so; None answers nothing."""
    opened = []

    def serve(server: socket.socket, answer) -> None:
        while True:
            try:
                query, client = server.recvfrom(512)
            except OSError:
                return
            said = answer(query)
            if said is not None:
                server.sendto(said, client)

    def start(answer) -> str:
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        opened.append(server)
        threading.Thread(target=serve, args=(server, answer), daemon=True).start()
        return f"127.0.0.1:{server.getsockname()[1]}"

    yield start
    for server in opened:
        server.close()


@pytest.fixture
def ask(run_module):
    def ask(*resolvers: str, domain: str = "example.com") -> dict:
        return run_module(dns_delegation_info, domain=domain, name_servers=ZONE, resolvers=list(resolvers), timeout=0.3)

    return ask


@pytest.mark.parametrize(
    ("answer", "delegated", "word"),
    [
        (lambda query: reply(query, *ZONE), "yes", "leads to the zone"),
        (lambda query: reply(query, "NS-2.AWSDNS-02.net."), "yes", "leads to the zone"),
        (
            lambda query: reply(query, "ns.elsewhere.test"),
            "no",
            "name servers for example.com, ns.elsewhere.test",
        ),
        (lambda query: reply(query, rcode=RCODE.NXDOMAIN), "no", "knows no example.com"),
        (lambda query: reply(query, rcode=RCODE.SERVFAIL), "no", "do not answer for it"),
        (reply, "no", "names no name servers"),
        (lambda query: reply(query, rcode=RCODE.REFUSED), "unknown", "no resolver told"),
        (lambda query: None, "unknown", "no resolver told"),
        (lambda query: b"", "unknown", "no resolver told"),
        (lambda query: b"\0" * 12, "unknown", "no resolver told"),
        (lambda query: reply(query, *ZONE)[:-3], "unknown", "no resolver told"),
    ],
)
def test_answer_of_the_public_dns_is_understood(resolver, ask, answer, delegated, word):
    result = ask(resolver(answer))
    assert (result["delegated"], result["changed"]) == (delegated, False)
    assert word in result["reason"]


def test_silent_resolver_is_passed_over(resolver, ask):
    silent, talking = resolver(lambda query: None), resolver(lambda query: reply(query, *ZONE))
    assert ask(silent, talking)["delegated"] == "yes"


def test_other_records_in_an_answer_do_not_disturb(resolver, ask):
    extra = (RR("example.com", QTYPE.CNAME, rdata=CNAME("other.test")), RR("other.test", QTYPE.A, rdata=A("192.0.2.1")))
    assert ask(resolver(lambda query: reply(query, *ZONE, extra=extra)))["found"] == sorted(ZONE)


def test_name_that_points_at_itself_has_an_end():
    endless = messages.question("example.com", 7)[:12] + b"\xc0\x0c" + b"\0\2\0\1"
    with pytest.raises(messages.MessageError):
        messages.answer(endless[:2] + b"\x80\0" + endless[4:], 7)


def test_answer_to_another_question_does_not_count():
    said = DNSRecord.parse(messages.question("example.com", 7)).reply().pack()
    with pytest.raises(messages.MessageError):
        messages.answer(said, 8)


@pytest.mark.parametrize(
    ("server", "place"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_resolver_is_written_with_and_without_a_port(server, place):
    assert delegation.place(server) == place


@pytest.mark.parametrize("server", ["resolver.test", "192.0.2.1:dns", "192.0.2"])
def test_what_is_no_resolver_is_named(ask, server):
    assert server.partition(":")[0] in ask(server)["msg"]


def test_resolvers_of_this_machine_are_read():
    text = "# none\nsearch home\nnameserver 192.0.2.53\nnameserver fe80::1%eth0\noptions edns0\nnameserver\n"
    assert delegation.resolvers(text) == ["192.0.2.53", "fe80::1"]
