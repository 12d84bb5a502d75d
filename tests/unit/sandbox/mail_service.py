"""A process with the API and the mail layer's own SMTP servers, at loopback in place of a VPC's router.

Run by test_mail_smtp.py: prints the ports as one line of JSON and ends when its standard input does.
"""

from __future__ import annotations

import json
import socket
import sys

from sandbox.api import environment
from sandbox.core.settings import Settings


def main() -> None:
    environment.prepare()
    from sandbox.api.overrides import apply_all
    from sandbox.api.server import Api, Server
    from sandbox.api.state import Gate
    from sandbox.services.ses.layer import MailLayer
    from sandbox.services.ses.names import IMPLICIT_TLS, PORTS, server_name
    from sandbox.services.ses.pages import MailPages
    from sandbox.services.ses.smtp import Post

    settings = Settings.from_environment()
    apply_all(settings)
    server = Server(settings, Api(Gate(), lambda: None, dict, settings, MailPages(settings)))
    server.start()
    layer = MailLayer(settings)
    post = Post(server_name(settings.region), layer.context(), layer.login, layer.accept)
    ports = {}
    for port in PORTS:
        listening = socket.create_server(("127.0.0.1", 0))
        listening.setblocking(False)
        ports[port] = listening.getsockname()[1]
        post.serve(listening, port == IMPLICIT_TLS)
    print(json.dumps(ports), flush=True)
    sys.stdin.read()
    post.close()
    server.close()


if __name__ == "__main__":
    main()
