"""The sandbox's one process: the API, the loop, and what the layers run."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import time
from typing import Any

from sandbox.api import environment
from sandbox.api.gateway import gateway
from sandbox.core.daemon import log_file, memory, only_one
from sandbox.core.settings import Settings
from sandbox.services.elbv2.target_health import registry
from sandbox.services.picture import Picture
from sandbox.services.status import summary

log = logging.getLogger("sandbox")

#: Size in bytes at which the log of an earlier run is put aside.
_LOG_LIMIT = 5_000_000


def serve(settings: Settings, api_only: bool) -> None:
    """Run until SIGTERM or SIGINT.

    :raises sandbox.api.state.StateError: when the saved state cannot be used
    :raises OSError: when the port is taken
    """
    environment.prepare()
    # Imports moto, which reads the environment once.
    from sandbox.api.latency import latency
    from sandbox.api.memory import SharedModels
    from sandbox.api.overrides import apply_all
    from sandbox.api.server import Api, Server
    from sandbox.api.state import Gate, StateFile
    from sandbox.assembly import load_layers
    from sandbox.core.authority import Authority
    from sandbox.core.reconcile import Reconciler
    from sandbox.metrics.watch import Watch
    from sandbox.services.cloudwatch.changes import settle_region
    from sandbox.services.reader import Reader
    from sandbox.services.route53.public_dns import PublicDns
    from sandbox.services.ses.pages import MailPages

    begin = time.time()
    apply_all(settings)
    gate = Gate()
    state = StateFile(settings.home / "state.pickle", gate)
    restored = state.restore()
    # RAILYARD_CA_FILE names it from the first command on.
    Authority(settings).certificate()
    layers = [] if api_only else load_layers(settings)
    # Nobody looks at the picture of an API alone; not reading saves the client's memory.
    read = Reader(settings, loader=SharedModels()).read if layers else Picture
    reconciler = Reconciler(read, layers, became_ready=latency.passed)

    watch = Watch(
        settings,
        lambda: reconciler.picture,
        gate.request,
        lambda: settle_region(environment.ACCOUNT_ID, settings.region),
        state.changed,
    )

    def changed() -> None:
        state.changed()
        reconciler.wake()

    def target_state(group_arn: str, target_id: str, port: int) -> str:
        health = registry.get((group_arn, target_id, port))
        return health.state if health else "unknown"

    def status() -> dict[str, Any]:
        return {
            "name": settings.name,
            "endpoint": settings.endpoint,
            "region": settings.region,
            "pid": os.getpid(),
            "latency": settings.latency,
            "mode": "api" if api_only else "hosts",
            "started": begin,
            "memory_bytes": memory(),
            "rounds": reconciler.rounds,
            "converged": reconciler.converged(),
            "read_error": reconciler.read_error,
            "state_error": state.last_error,
            "unsaved": state.unsaved,
            "api": {
                "requests": api.calls.as_dict()["total"],
                "errors": api.calls.errors,
                "refused": api.calls.refused,
            },
            "picture": summary(reconciler.picture or Picture(), target_state),
            "metrics": watch.status(),
            "layers": reconciler.status(),
        }

    api = Api(gate, changed, status, settings, MailPages(settings))
    gateway.open(api)
    server = Server(settings, api)
    public_dns = PublicDns(settings, environment.ACCOUNT_ID)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: reconciler.stop())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    state.start()
    server.start()
    public_dns.start()
    if layers:
        watch.start()
    log.info("serving %s (%s)", settings.endpoint, "state restored" if restored else "empty account")
    try:
        reconciler.run()
    finally:
        log.info("stopping")
        watch.close()
        public_dns.close()
        server.close()
        reconciler.close()
        state.close()
        log.info("stopped")


def main(argv: list[str] | None = None) -> int:
    """Entry of the detached process; its output goes to the log file."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.daemon")
    parser.add_argument("--api-only", action="store_true")
    options = parser.parse_args(argv)
    settings = Settings.from_environment()
    settings.make_home()
    path = log_file(settings)
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    logging.basicConfig(filename=path, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for noisy in ("botocore", "boto3", "urllib3", "moto", "werkzeug", "mail"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        with only_one(settings):
            serve(settings, options.api_only)
    except Exception as error:
        log.exception("the daemon cannot go on")
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
