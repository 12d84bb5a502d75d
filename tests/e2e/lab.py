"""What the end-to-end tests work with: one sandbox with a home of its own, and the commands people run on it."""

from __future__ import annotations

import contextlib
import email
import email.policy
import http.client
import json
import os
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from tests.e2e.account import STACK, Account
from tests.e2e.run import Run

Result = TypeVar("Result")

PROJECT = Path(__file__).resolve().parents[2]
LOGS = PROJECT / "build" / "e2e-logs"

#: Starts of actions that change nothing; the last two are lists that are asked for by POST.
_READS = ("Describe", "Get", "List", "Head", "GET ", "HEAD ", "POST /v2/email/list-", "POST /2013-04-01/tags")

#: What a run changes in the account that changes nothing else: the stack's lock, taken and given back.
LOCK_CALLS = {"ssm PutParameter": 1, "ssm DeleteParameter": 1}


class Lab:
    """One sandbox and the environment of a person who works with it."""

    def __init__(self, root: Path, name: str, port: int) -> None:
        self.root = root
        self.name = name
        self.home = root / "home"
        self.sandbox_home = root / "sandbox"
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "ANSIBLE_"))}
        self.environment = inherited | {
            "HOME": str(self.home),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "RAILYARD_SANDBOX_NAME": name,
            "RAILYARD_SANDBOX_PORT": str(port),
            "RAILYARD_SANDBOX_HOME": str(self.sandbox_home),
            # The image is the same for every sandbox; a home of its own would build it once more.
            "RAILYARD_SANDBOX_CACHE": os.environ.get("RAILYARD_SANDBOX_CACHE")
            or str(Path.home() / ".cache" / "railyard-sandbox"),
            "RAILYARD_STACK": STACK,
            "AWS_REGION": "ap-northeast-1",
            "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
            # Host names are those of every other stack: their facts are not to be mixed.
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(root / "facts"),
        }
        self.runs = 0
        #: Where what runs said is kept.
        self.logs = LOGS
        self._address: str | None = None
        #: What the plan of the empty account foretold, as the callback railyard.aws.plan writes it.
        self.plan_file = root / "plan.json"
        #: Command lines of every process of the machine during the first run.
        self.processes_seen: set[bytes] = set()

    # -- the sandbox

    def sandbox(self, *arguments: str) -> str:
        """Output of ``python -m sandbox ...``; ``AssertionError`` with what it said when it fails."""
        done = self.command(sys.executable, "-m", "sandbox", *arguments, timeout=600)
        assert done.returncode == 0, f"sandbox {' '.join(arguments)}:\n{done.stdout}"
        return done.stdout

    def up(self, kind: str = "--require-hosts") -> None:
        """Start it and take over its environment, as ``eval "$(python -m sandbox env)"`` does."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.sandbox("up", kind)
        taken = self.command("bash", "-c", f'eval "$({shlex.quote(sys.executable)} -m sandbox env)" && env -0')
        assert taken.returncode == 0, taken.stdout
        self.environment |= dict(entry.split("=", 1) for entry in taken.stdout.split("\0") if "=" in entry)

    def daemon_pid(self) -> int:
        """Process id of the sandbox's daemon."""
        return int(json.loads(self.sandbox("status", "--json"))["pid"])

    def account(self) -> Account:
        """Eyes on the sandbox's account."""
        return Account(self.environment)

    def _own_page(self, name: str) -> bytes:
        """A page of the sandbox's own, which takes the secret of its environment."""
        request = urllib.request.Request(
            f"{self.environment['AWS_ENDPOINT_URL']}/railyard/{name}",
            headers={"Authorization": f"Bearer {self.environment['RAILYARD_SANDBOX_TOKEN']}"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def calls(self) -> dict[str, int]:
        """How often each API action was called so far, the sandbox's own reading left out."""
        services = json.loads(self._own_page("calls"))["services"]
        return {f"{service} {action}": number for service, of in services.items() for action, number in of.items()}

    def mutations(self, before: dict[str, int]) -> dict[str, int]:
        """Calls since ``before`` that could have changed the account, by action."""
        return {
            action: number - before.get(action, 0)
            for action, number in self.calls().items()
            if number > before.get(action, 0) and not action.split(" ", 1)[1].startswith(_READS)
        }

    # -- ansible

    def command(
        self, *arguments: str, timeout: float = 60, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the checkout as the person would, with more in its environment if wanted."""
        return subprocess.run(
            arguments,
            cwd=PROJECT,
            env=self.environment | (environment or {}),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )

    def playbook(
        self,
        name: str,
        playbook: str,
        *arguments: str,
        fails: bool | None = False,
        environment: dict[str, str] | None = None,
        timeout: float = 900,
        before: tuple[str, ...] = (),
    ) -> Run:
        """Run a playbook, keep its text as ``build/e2e-logs/<n>-<name>.log``, and insist on how it ends: ``fails`` is
        None where it may end either way.

        ``before`` are words of a command that runs it elsewhere, such as in a network namespace.
        """
        self.runs += 1
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{self.runs:02d}-{name}.log"
        started = time.monotonic()
        done = self.command(*before, "ansible-playbook", playbook, *arguments, timeout=timeout, environment=environment)
        run = Run(done.returncode, done.stdout, time.monotonic() - started, log)
        log.write_text(f"$ ansible-playbook {playbook} {shlex.join(arguments)}\n{run.text}")
        assert fails is None or (run.code != 0) == fails, str(run)
        return run

    def make(
        self,
        verb: str,
        arguments: str = "",
        given: str = "",
        fails: bool = False,
        environment: dict[str, str] | None = None,
        timeout: float = 300,
    ) -> Run:
        """Run a verb as the README has it, with ``given`` on its standard input; its text is kept like a playbook's."""
        self.runs += 1
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{self.runs:02d}-make-{verb}.log"
        started = time.monotonic()
        done = subprocess.run(
            [*self.make_command(verb), f"ARGS={arguments}"],
            cwd=PROJECT,
            env=self.environment | (environment or {}),
            input=given,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )
        run = Run(done.returncode, done.stdout, time.monotonic() - started, log)
        log.write_text(f"$ make {verb} ARGS={shlex.quote(arguments)}\n{run.text}")
        assert (run.code != 0) == fails, str(run)
        return run

    @staticmethod
    def make_command(verb: str) -> list[str]:
        """make, which is not to renew the virtual environment that the test itself runs in."""
        return ["make", "--old-file=setup", verb]

    def listed(self, stack: str = STACK) -> list[dict[str, Any]]:
        """Everything that ``stack_info`` finds of a stack."""
        done = self.command(
            *("ansible", "localhost", "-m", "railyard.aws.stack_info"),
            *("-a", f"stack={stack} region={self.environment['AWS_REGION']}"),
            environment={"ANSIBLE_CALLBACK_RESULT_FORMAT": "json"},
        )
        assert done.returncode == 0, done.stdout
        return json.loads(done.stdout.partition("=> ")[2])["resources"]

    def resources(self) -> set[tuple[str, str]]:
        """Kind and name of everything that the stack has."""
        return {(one["kind"], one["name"]) for one in self.listed()}

    def on(self, host: str, command: str) -> str:
        """Output of a shell command on a server, over the way that site.yml takes."""
        done = self.command("ansible", host, "-m", "ansible.builtin.shell", "-a", command, timeout=90)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def reaches(self, host: str, address: str, port: int) -> bool:
        """Whether a server can open a TCP connection."""
        attempt = f"timeout 3 bash -c ': </dev/tcp/{address}/{port}'"
        answer = self.on(host, f"if {attempt}; then echo way-open; else echo way-shut; fi")
        assert ("way-open" in answer) != ("way-shut" in answer), answer
        return "way-open" in answer

    # -- the site

    @property
    def host(self) -> str:
        """Name of the site."""
        return f"www.{self.environment['RAILYARD_DOMAIN']}"

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"https://{self.host}/"

    @property
    def balancer_address(self) -> str:
        """Where the load balancer is published on loopback."""
        return socket.gethostbyname(self.account().balancer()["DNSName"])

    def page(self, timeout: float = 5, path: str = "/") -> tuple[str, str]:
        """Body of a page and the server that made it; ``OSError`` when there is none, or no good certificate."""
        context = ssl.create_default_context(cafile=self.environment["RAILYARD_CA_FILE"])
        with (
            socket.create_connection((self._site_address(), 443), timeout) as plain,
            context.wrap_socket(plain, server_hostname=self.host) as secure,
        ):
            secure.sendall(f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n".encode())
            answer = http.client.HTTPResponse(secure)
            try:
                answer.begin()
                body = answer.read().decode()
            except http.client.HTTPException as error:
                raise ConnectionError(str(error) or type(error).__name__) from error
        if answer.status != 200:
            raise ConnectionError(f"HTTP {answer.status} from {answer.headers.get('X-Served-By', 'nobody')}")
        return body, answer.headers.get("X-Served-By", "")

    def _site_address(self) -> str:
        # Asked once: a load under way must not ask the API ten times a second.
        self._address = self._address or self.balancer_address
        return self._address

    def mail_to(self, address: str) -> str | None:
        """Text of the newest message to an address that left the account."""
        numbers = [one["number"] for one in json.loads(self._own_page("mail")) if address in one["recipients"]]
        if not numbers:
            return None
        message = email.message_from_bytes(self._own_page(f"mail/{numbers[-1]}"), policy=email.policy.default)
        return message.get_body(("plain", "html")).get_content()


@contextlib.contextmanager
def temporary(name: str, port: int, **environment: str) -> Iterator[Lab]:
    """A sandbox that is not up yet, with more in its environment; it is gone with everything of it afterwards."""
    # Short, because ssh's sockets live below it and their paths may have 108 bytes.
    root = Path(tempfile.mkdtemp(prefix="rly-"))
    lab = Lab(root, name, port)
    lab.environment |= environment
    try:
        yield lab
    finally:
        lab.sandbox("down")
        shutil.rmtree(root)


def side_by_side(jobs: Iterable[Callable[[], Result]], at_once: int = 2) -> list[Result]:
    """Results of jobs in their order, so many of which run at the same time; the first error that one raises."""
    with ThreadPoolExecutor(at_once) as pool:
        return [job.result() for job in [pool.submit(job) for job in jobs]]


def until(what: str, look: Callable[[], Any], seconds: float, pause: float = 0.5) -> Any:
    """Ask ``look`` until it answers something true, at most ``seconds`` long; its answer."""
    last: Any = None
    for _attempt in range(int(seconds / pause) + 1):
        try:
            last = look()
        except OSError as error:
            last = error
        else:
            if last:
                return last
        time.sleep(pause)
    raise AssertionError(f"not within {seconds:.0f} s: {what}; last answer: {last!r}")
