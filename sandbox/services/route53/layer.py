"""The VPCs' resolvers: base+2 of each VPC and 169.254.169.253, UDP and TCP."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import select
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from dnslib import CLASS, QTYPE, RCODE, DNSError, DNSRecord

from sandbox.core.nameservers import nameservers
from sandbox.core.settings import Settings
from sandbox.network import netns
from sandbox.network.listeners import NamespaceServers
from sandbox.services.picture import Picture
from sandbox.services.route53 import upstream
from sandbox.services.route53.zone_answers import Answered, Book, book_of, resolve

_log = logging.getLogger(__name__)

LINK_LOCAL = "169.254.169.253"
#: Questions under way at once, of all VPCs together; more are dropped, as a busy resolver does.
_THREADS = 16
_QUEUE = 256
_UDP_SIZE = 1232


class ResolverLayer:
    """Converges the resolvers of one sandbox."""

    name = "resolver"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._books: dict[str, Book] = {}
        self._networks: dict[str, str] = {}
        self._servers = NamespaceServers(self._open)
        self._pool: ThreadPoolExecutor | None = None
        self._room = threading.Semaphore(_QUEUE)

    def converge(self, picture: Picture) -> None:
        """Answer in every VPC with DNS support. Raises ``OSError`` when an address cannot be had."""
        vpcs = [vpc for vpc in picture.vpcs if vpc.dns_support]
        self._books = {vpc.id: book_of(picture, vpc, self.settings.region) for vpc in vpcs}
        self._networks = {vpc.id: vpc.cidr for vpc in picture.vpcs}
        self._pool = self._pool or ThreadPoolExecutor(_THREADS, thread_name_prefix="dns")
        self._servers.converge((vpc.id, self.settings.netns(vpc.id)) for vpc in vpcs)

    def status(self) -> list[dict[str, Any]]:
        return [
            {"kind": "resolver", "name": vpc_id, "state": "serving", "detail": ", ".join(self._addresses(vpc_id))}
            for vpc_id in self._servers.names()
        ]

    def close(self) -> None:
        self._servers.close()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def destroy(self) -> None:
        """The sockets end with the process: nothing of this layer stays in the world."""
        self.close()

    def answer(self, vpc_id: str, query: bytes, over_tcp: bool) -> bytes | None:
        """Reply to one message; None when it is none that deserves a reply."""
        try:
            record = DNSRecord.parse(query)
        except (DNSError, ValueError):
            return None
        if record.header.qr or len(record.questions) != 1:
            return None
        question = record.q
        book = self._books.get(vpc_id)
        if book is None or question.qclass != CLASS.IN:
            return self._pack(record, Answered(RCODE.REFUSED), over_tcp)
        kind = str(QTYPE.get(question.qtype))
        found = resolve(book, str(question.qname), kind)
        if found.forward is None:
            return self._pack(record, found, over_tcp)
        if not found.records:
            reply = upstream.ask(query, over_tcp, nameservers())
            return reply or self._pack(record, Answered(RCODE.SERVFAIL), over_tcp)
        return self._pack(record, self._followed(found, kind), over_tcp)

    def _followed(self, found: Answered, kind: str) -> Answered:
        """A CNAME of a private zone that points outside: its target's records come from the machine's resolvers."""
        query = DNSRecord.question(found.forward, kind)
        reply = upstream.ask(query.pack(), False, nameservers())
        if reply is None:
            return Answered(RCODE.SERVFAIL)
        try:
            outside = DNSRecord.parse(reply)
        except (DNSError, ValueError):
            return Answered(RCODE.SERVFAIL)
        return Answered(outside.header.rcode, (*found.records, *outside.rr))

    def _pack(self, record: DNSRecord, found: Answered, over_tcp: bool) -> bytes:
        reply = record.reply(ra=1, aa=1)
        reply.header.rcode = found.rcode
        for rr in found.records:
            reply.add_answer(rr)
        data = reply.pack()
        return data if over_tcp or len(data) <= _UDP_SIZE else reply.truncate().pack()

    def _addresses(self, vpc_id: str) -> tuple[str, str]:
        return str(ipaddress.ip_network(self._networks[vpc_id]).network_address + 2), LINK_LOCAL

    def _open(self, vpc_id: str, namespace: str) -> _Server:
        sockets: list[socket.socket] = []
        try:
            for address in self._addresses(vpc_id):
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    each = netns.socket_in(namespace, socket.AF_INET, kind)
                    sockets.append(each)
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    each.bind((address, 53))
                    if kind is socket.SOCK_STREAM:
                        each.listen(32)
        except OSError:
            for each in sockets:
                each.close()
            raise
        return _Server(self, vpc_id, sockets)

    def submit(self, work: Callable[..., None], *arguments: Any) -> bool:
        """Let the pool do it; False when too much waits already."""
        if self._pool is None or not self._room.acquire(blocking=False):
            return False
        try:
            future = self._pool.submit(work, *arguments)
        except RuntimeError:
            self._room.release()
            return False
        future.add_done_callback(self._finished)
        return True

    def _finished(self, future: Future[None]) -> None:
        self._room.release()
        error = None if future.cancelled() else future.exception()
        if isinstance(error, OSError):
            _log.debug("a question could not be answered: %s", error)
        elif error is not None:
            _log.error("a question could not be answered", exc_info=error)


class _Server:
    """One thread that receives for all sockets of a VPC; the layer's pool answers."""

    def __init__(self, layer: ResolverLayer, vpc_id: str, sockets: list[socket.socket]) -> None:
        self._layer = layer
        self._vpc_id = vpc_id
        self._sockets = sockets
        self._wake, self._woken = socket.socketpair()
        for each in sockets:
            each.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="resolver", daemon=True)
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._wake.send(b".")
        self._thread.join(timeout=5)
        for each in (*self._sockets, self._wake, self._woken):
            each.close()

    def _run(self) -> None:
        while True:
            ready, _unused, _unused = select.select([*self._sockets, self._woken], [], [])
            if self._woken in ready:
                return
            for each in ready:
                with contextlib.suppress(OSError):
                    self._take(each)

    def _take(self, ready: socket.socket) -> None:
        if ready.type == socket.SOCK_DGRAM:
            query, peer = ready.recvfrom(65535)
            self._layer.submit(self._udp, ready, query, peer)
            return
        connection, _unused = ready.accept()
        if not self._layer.submit(self._tcp, connection):
            connection.close()

    def _udp(self, ready: socket.socket, query: bytes, peer: tuple[str, int]) -> None:
        reply = self._layer.answer(self._vpc_id, query, over_tcp=False)
        if reply:
            ready.sendto(reply, peer)

    def _tcp(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            query = upstream.read_message(connection)
            reply = self._layer.answer(self._vpc_id, query, over_tcp=True)
            if reply:
                connection.sendall(len(reply).to_bytes(2, "big") + reply)
