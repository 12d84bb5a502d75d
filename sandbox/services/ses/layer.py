"""The layer of mail: in every VPC the SMTP service of the region, at an address of the VPC's router."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import ssl
from typing import Any
from urllib.parse import urlencode

from sandbox.core import client
from sandbox.core.authority import Authority, write_private
from sandbox.core.settings import MAIL_ADDRESS, Settings
from sandbox.network import netns
from sandbox.network.listeners import NamespaceServers
from sandbox.services.picture import Picture
from sandbox.services.ses import sending as mail
from sandbox.services.ses.mailbox import Mailbox
from sandbox.services.ses.names import IMPLICIT_TLS, PORTS, server_name
from sandbox.services.ses.smtp import Letter, Post

_log = logging.getLogger(__name__)


class MailLayer:
    """Converges the SMTP servers of one sandbox."""

    name = "mail"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.mailbox = Mailbox(settings.home)
        self._authority = Authority(settings)
        self._servers = NamespaceServers(self._open)
        self._post: Post | None = None

    def converge(self, picture: Picture) -> None:
        """Serve in every VPC. Raises ``OSError`` when an address cannot be had."""
        self._servers.converge((vpc.id, self.settings.netns(vpc.id)) for vpc in picture.vpcs)

    def status(self) -> list[dict[str, Any]]:
        detail = f"{server_name(self.settings.region)} {MAIL_ADDRESS}, ports {' and '.join(map(str, PORTS))}"
        return [
            {"kind": "mail", "name": vpc_id, "state": "serving", "detail": detail} for vpc_id in self._servers.names()
        ]

    def close(self) -> None:
        self._servers.close()
        if self._post is not None:
            self._post.close()
            self._post = None

    def destroy(self) -> None:
        """The sockets end with the process; the messages are files of the home, which go with it."""
        self.close()

    def accept(self, letter: Letter) -> str:
        """Judge a message, keep it and hand it to those of its recipients whose mail the account receives."""
        refused = mail.refusal(self.settings, letter.user, letter.sender, letter.recipients, letter.raw)
        if refused:
            return f"554 {refused}"
        outcomes = self._hand_over(letter)
        mail.sent(self.settings, letter.sender, letter.recipients)
        number = self.mailbox.put(
            letter.raw,
            letter.sender,
            letter.recipients,
            way=letter.way,
            user=letter.user.user,
            peer=letter.peer,
            outcomes=outcomes,
        )
        return f"250 Ok {number:06}"

    def context(self) -> ssl.SSLContext:
        """TLS of the servers, with a certificate of the sandbox's authority."""
        name = server_name(self.settings.region)
        file = self.settings.home / "authority" / "email-smtp.pem"
        if not file.exists() or not self._authority.fits(file.read_bytes(), [name]):
            certificate, key = self._authority.issue([name])
            write_private(file, certificate + key)
        self._authority.certificate()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(file)
        return context

    def login(self, name: str, password: str) -> mail.Sender | None:
        return mail.authenticate(self.settings.region, name, password)

    def _open(self, vpc_id: str, namespace: str) -> _Server:
        if self._post is None:
            self._post = Post(server_name(self.settings.region), self.context(), self.login, self.accept)
        sockets: list[socket.socket] = []
        try:
            for port in PORTS:
                listening = netns.socket_in(namespace)
                sockets.append(listening)
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listening.bind((MAIL_ADDRESS, port))
                listening.listen(64)
                listening.setblocking(False)
        except OSError:
            for each in sockets:
                each.close()
            raise
        return _Server(self._post, sockets)

    def _hand_over(self, letter: Letter) -> dict[str, str]:
        """Through the API's own gateway, so that what it changes is saved and seen like every change."""
        query = urlencode([("from", letter.sender), *(("to", one) for one in letter.recipients)])
        try:
            return json.loads(client.ask(self.settings, f"mail?{query}", letter.raw, timeout=30))
        except (OSError, ValueError) as error:
            _log.error("mail from %s could not be handed over: %s", letter.sender, error)
            return {one: f"not handed over: {error}" for one in letter.recipients}


class _Server:
    """The two sockets of one VPC."""

    def __init__(self, post: Post, sockets: list[socket.socket]) -> None:
        self._post = post
        self._servers = [post.serve(each, each.getsockname()[1] == IMPLICIT_TLS) for each in sockets]

    def close(self) -> None:
        for server in self._servers:
            # The loop may have ended before.
            with contextlib.suppress(RuntimeError):
                self._post.forget(server)
