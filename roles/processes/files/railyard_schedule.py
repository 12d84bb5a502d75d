# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the services of schedules ask: the role processes puts it on servers as /usr/local/bin/railyard-schedule.

    railyard-schedule claim NAME CALENDAR PREFIX BUCKET   ends with 0 where this server is to run it, with 1 where another one does
    railyard-schedule ended NAME                          writes down how a run ended
    railyard-schedule watch                               tells CloudWatch of each schedule whether all of its times were run, and well

With what distributions have alone: neither boto3 nor the AWS CLI is on a server. Python 3.9 is the oldest of them.
"""

from __future__ import annotations

import datetime
import glob
import hashlib
import hmac
import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException

METADATA = "http://169.254.169.254/latest"
#: How the last run of each schedule ended, in the form of `systemctl show`, which `make status` reads.
STATES = "/var/lib/railyard-schedules"
#: Which schedules are watched: bucket, prefix and namespace, and of each name, calendar, timeout and whether all servers run it.
WATCHED = "/etc/railyard/schedules.json"
#: What this server knows of their times: runs under way, those that ended on it of schedules that all servers run, and what was judged.
RUNS = "/var/lib/railyard-schedule-runs"
#: What systemd takes for a service that need not run, and for one that could not ask.
MINE, OTHERS, UNKNOWN = 0, 1, 255
#: Seconds to wait for an answer, and before each further try.
ANSWER = 30
PAUSES = (0.5, 1, 2, 4, 8)
#: Seconds for which a time that has passed is looked for: a run that took longer than the schedule's period delays the next.
FARTHEST = 100 * 86400
#: What CloudWatch is told of a schedule.
SUCCEEDED, FAILED, MISSED = 0, 1, 2
#: Seconds in which somebody must have taken a time, and for which a time is looked at; claims are kept for a week.
GRACE, OLDEST = 180, 86400
#: Times that are judged in one look, and runs that this server remembers.
AT_ONCE = 100


#: Of programs whose words are read.
IN_UTC = {**os.environ, "TZ": "UTC", "LC_ALL": "C"}


class ScheduleError(Exception):
    """Why nothing can be said."""


def times_after(calendar: str, moment: int, count: int = 1) -> list[int]:
    """The calendar's first times after a moment, all in seconds since 1970; fewer where it has no more. Raises ScheduleError."""
    words = ["systemd-analyze", "calendar", f"--iterations={count}", f"--base-time=@{moment}", calendar]
    done = subprocess.run(words, env=IN_UTC, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ScheduleError(f"`{' '.join(words)}` says: {done.stderr.strip()}")
    # Each time in the zone of the calendar, and again in UTC unless that is the zone.
    return sorted({found for line in done.stdout.partition("Next elapse:")[2].splitlines() if (found := moment_of(line)) is not None})


def elapse_after(calendar: str, moment: int) -> float:
    """The calendar's first time after a moment; infinity where there is none. Raises ScheduleError."""
    found = times_after(calendar, moment)
    return found[0] if found else float("inf")


def moment_of(text: str) -> int | None:
    """Seconds since 1970 of the first time in UTC that systemd prints; None where there is none."""
    found = re.search(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", text)
    return int(datetime.datetime.strptime(found[1] + " +0000", "%Y-%m-%d %H:%M:%S %z").timestamp()) if found else None


def triggered(name: str) -> int:
    """When the schedule's timer elapsed last, in seconds since 1970. Raises ScheduleError.

    Of the timer: in what systemd 252 tells the service (TRIGGER_TIMER_REALTIME_USEC) the first time stays for ever.
    """
    words = ["systemctl", "show", "--property=LastTriggerUSec", "--value", f"railyard-schedule-{name}.timer"]
    done = subprocess.run(words, env=IN_UTC, capture_output=True, text=True, check=False)
    found = moment_of(done.stdout)
    if found is None:
        raise ScheduleError(f"its timer has not started it: `{' '.join(words)}` says {(done.stderr or done.stdout).strip() or 'nothing'}")
    return found


def nominal(calendar: str, elapsed: int, after=elapse_after) -> int:
    """The calendar's last time up to a moment: servers whose clocks differ a little call the same time by it.

    Looks back as far as it has to, and then for the last second after which the next time is not later than the moment.
    Raises ScheduleError.
    """
    span = 60
    while after(calendar, elapsed - span) > elapsed:
        span *= 2
        if span > FARTHEST:
            raise ScheduleError(f"'{calendar}' had no time up to {utc(elapsed):%Y-%m-%d %H:%M:%S} UTC")
    low, high = elapsed - span, elapsed
    while high - low > 1:
        middle = (low + high) // 2
        if after(calendar, middle) <= elapsed:
            low = middle
        else:
            high = middle
    return int(after(calendar, low))


def utc(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def metadata(path: str, token: str = "", sleep=time.sleep) -> str:
    """What the instance knows of itself; without a token, a token. Raises OSError and HTTPException."""
    headers = {"X-aws-ec2-metadata-token": token} if token else {"X-aws-ec2-metadata-token-ttl-seconds": "300"}
    request = urllib.request.Request(f"{METADATA}/{path}", headers=headers, method="GET" if token else "PUT")
    # By no proxy: it would answer for itself.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def once() -> str:
        with opener.open(request, timeout=ANSWER) as answer:
            return answer.read().decode()

    for pause in PAUSES[:2]:
        try:
            return once()
        except (OSError, HTTPException):
            sleep(pause)
    return once()


class Server:
    """This server, and requests to AWS with its rights. Raises OSError, HTTPException, KeyError, IndexError and ValueError."""

    def __init__(self) -> None:
        token = metadata("api/token")
        document = json.loads(metadata("dynamic/instance-identity/document", token))
        role = metadata("meta-data/iam/security-credentials/", token).split()[0]
        self._keys = json.loads(metadata(f"meta-data/iam/security-credentials/{role}", token))
        self._region, self._domain = document["region"], metadata("meta-data/services/domain", token).strip()
        self.account, self.instance = document["accountId"], document["instanceId"]

    def ask(self, service: str, method: str, path: str, body: bytes = b"", **further: str) -> tuple[int, bytes]:
        """Status and body of the answer, whatever it is. Raises OSError and HTTPException where there is none.

        :arg service: as its endpoint is called; ``further``: headers
        """
        host = f"{service}.{self._region}.{self._domain}"
        path = urllib.parse.quote(path, safe="/-_.~")
        headers = signed(method, host, path, body, self._keys, (self._region, service), further)
        request = urllib.request.Request(f"https://{host}{path}", data=body or None, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


class Bucket:
    """The objects of a bucket."""

    def __init__(self, server: Server, name: str) -> None:
        self._server, self.name, self.instance = server, f"s3://{name.replace('{account}', server.account)}", server.instance

    def ask(self, method: str, key: str, body: bytes = b"", **further: str) -> tuple[int, bytes]:
        """As Server.ask."""
        return self._server.ask("s3", method, f"/{self.name[len('s3://') :]}/{key}", body, **further)


class Here:
    """The same of this server's own files, for what runs on every server. Raises OSError."""

    name, instance = RUNS, "here"

    def ask(self, method: str, key: str, body: bytes = b"", **_further: str) -> tuple[int, bytes]:
        path = os.path.join(RUNS, key)
        if method == "GET":
            try:
                with open(path, "rb") as file:
                    return 200, file.read()
            except FileNotFoundError:
                return 404, b""
        write(path, body.decode())
        for old in sorted(glob.glob(f"{path.rpartition('@')[0]}@2*"))[:-AT_ONCE]:
            os.unlink(old)
        return 200, b""


def write(path: str, text: str) -> None:
    """A whole file or none. Raises OSError."""
    folder, name = os.path.split(path)
    os.makedirs(folder, mode=0o755, exist_ok=True)
    candidate = os.path.join(folder, f".{name}")
    with open(candidate, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(candidate, path)


def signed(method: str, host: str, path: str, body: bytes, keys: dict, where: tuple[str, str], further: dict, now=None) -> dict:
    """Headers with a signature of version 4 (docs.aws.amazon.com: "Create a signed AWS API request").

    :arg where: region, and the service as it calls itself in signatures
    """
    region, service = where
    now = now or utc(time.time())
    moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    digest = hashlib.sha256(body).hexdigest()
    headers = {name.replace("_", "-").lower(): value for name, value in further.items()}
    headers.update({"host": host, "x-amz-content-sha256": digest, "x-amz-date": moment, "x-amz-security-token": keys["Token"]})
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = "\n".join([method, path, "", lines, names, digest])
    scope = f"{day}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + keys["SecretAccessKey"]).encode()
    for word in (day, region, service, "aws4_request"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"{keys['AccessKeyId']}/{scope}"
    return {**headers, "authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"}


def reason(status: int, text: bytes) -> str:
    """An answer of AWS in words."""
    code = re.search(rb"<Code>(\w+)</Code>", text)
    return f"{status} {code[1].decode() if code else ''}".strip()


def claim(bucket, key: str, sleep=time.sleep) -> bytes | None:
    """What was written where the run is this server's: whoever writes the object first has it. Raises ScheduleError."""
    mine = f"{bucket.instance} {secrets.token_hex(16)} {int(time.time())}\n".encode()
    said = ""
    for pause in (0, *PAUSES):
        sleep(pause)
        try:
            status, text = bucket.ask("PUT", key, mine, if_none_match="*")
            if status == 412 and said:
                # It may have been written by a try before this one, whose answer was lost.
                status, text = bucket.ask("GET", key)
                if status == 200:
                    return mine if text == mine else None
        except (OSError, HTTPException) as error:
            said = str(error)
            continue
        if status in (200, 412):
            return mine if status == 200 else None
        said = reason(status, text)
        # 409: two at the same moment. What is refused stays so.
        if status < 500 and status not in (409, 429):
            break
    raise ScheduleError(f"{bucket.name}/{key} cannot be written: {said}")


def run_claim(name: str, calendar: str, prefix: str, bucket_name: str) -> int:
    try:
        moment = nominal(calendar, triggered(name))
        bucket = Bucket(Server(), bucket_name) if bucket_name else Here()
        key = key_of(name, moment, prefix, bucket_name)
        mine = claim(bucket, key)
    except (ScheduleError, OSError, HTTPException, KeyError, IndexError, ValueError) as error:
        if not bucket_name:
            # Nobody else would run it.
            print(f"railyard-schedule: {name} runs here, and nobody knows for which time: {error}", file=sys.stderr)
            return MINE
        print(f"railyard-schedule: {name} does not run here, as nobody knows whether it runs elsewhere: {error}", file=sys.stderr)
        return UNKNOWN
    if mine is None:
        return OTHERS
    if bucket_name:
        print(f"railyard-schedule: {name} of {utc(moment):%Y-%m-%d %H:%M:%S} UTC runs here")
    try:
        write(os.path.join(RUNS, f"{name}@now"), json.dumps({"bucket": bucket_name, "key": key, "mine": mine.decode().strip()}))
    except OSError as error:
        # It is this server's, so it runs.
        print(f"railyard-schedule: nobody will know how {name} ends, and it will count as failed: {error}", file=sys.stderr)
    return MINE


def key_of(name: str, moment: int, prefix: str, bucket_name: str) -> str:
    """Where a run of a time is written down: in the bucket, or where there is none among this server's files."""
    return f"{f'{prefix}{name}/' if bucket_name else f'{name}@'}{utc(moment):%Y%m%dT%H%M%SZ}"


def run_ended(name: str, folder: str = STATES) -> int:
    result, status = os.environ.get("SERVICE_RESULT", "unknown"), os.environ.get("EXIT_STATUS", "")
    # Another server ran it.
    if result == "exec-condition":
        return 0
    how = "succeeded" if result == "success" else f"FAILED ({result}{f' {status}' if status else ''})"
    print(f"railyard-schedule: {name} {how}")
    write(os.path.join(folder, name), f"Id=railyard-schedule-{name}\nActiveState={how} at {utc(time.time()):%Y-%m-%d %H:%M:%S} UTC\n")
    tell_others(name, how)
    return 0


def tell_others(name: str, how: str, sleep=time.sleep) -> None:
    """Write how the run under way ended to where it was claimed, for whoever judges it."""
    path = os.path.join(RUNS, f"{name}@now")
    try:
        with open(path, encoding="utf-8") as file:
            run = json.load(file)
        os.unlink(path)
    except FileNotFoundError:
        # Nothing ran: nobody could tell whose it was.
        return
    said: object = ""
    for pause in (0, *PAUSES):
        sleep(pause)
        try:
            bucket = Bucket(Server(), run["bucket"]) if run["bucket"] else Here()
            code, text = bucket.ask("PUT", run["key"], f"{run['mine']} {how}\n".encode())
        except (OSError, HTTPException, KeyError, IndexError, ValueError) as error:
            said = error
            continue
        if code == 200:
            return
        said = reason(code, text)
    print(f"railyard-schedule: nobody else knows how {name} ended, and it will count as failed: {said}", file=sys.stderr)


def under_way(name: str) -> bool:
    """Whether this server runs the schedule now: the time that passed meanwhile may be run next."""
    words = ["systemctl", "show", "--property=ActiveState", "--value", f"railyard-schedule-{name}.service"]
    done = subprocess.run(words, env=IN_UTC, capture_output=True, text=True, check=False)
    return done.stdout.strip() in ("activating", "deactivating")


def outcome(bucket, key: str, timeout: int, now: float, busy) -> int | None:
    """How the run of a time went; None while nobody can tell. Raises ScheduleError, OSError and HTTPException.

    :arg timeout: seconds that a run may take
    :arg busy: asks whether this server may take it yet, after a run that is under way
    """
    status, text = bucket.ask("GET", key)
    if status == 404:
        return None if busy() else MISSED
    if status != 200:
        raise ScheduleError(f"{bucket.name}/{key} cannot be read: {reason(status, text)}")
    words = text.decode("utf-8", "replace").split()
    if len(words) > len(("instance", "token", "begun")):
        return SUCCEEDED if words[3] == "succeeded" else FAILED
    if len(words) < 3 or not words[2].isdecimal():
        # No server wrote this. Of one time nobody can tell; those that follow are judged all the same.
        return FAILED
    # The server that began it is gone, or has not told anybody.
    return FAILED if now > int(words[2]) + timeout + GRACE else None


def judge(one: dict, known: dict, bucket, prefix: str, now: float, after=times_after, busy=under_way) -> dict:
    """What is known of a schedule after a look at the times that have passed since the last one.

    :arg known: ``until``, up to when times were looked at; ``open``, those of which nobody could tell yet; ``value``, of the last look
        that could tell of any
    """
    until = max(known["until"], int(now) - OLDEST)
    passed = [moment for moment in after(one["calendar"], until, AT_ONCE) if moment <= now - GRACE]
    behind = len(passed) == AT_ONCE
    found, left = [], []
    for moment in [*known["open"], *passed]:
        key = key_of(one["name"], moment, prefix, "" if one["all"] else bucket.name)
        said = outcome(bucket, key, one["timeout"], now, lambda: busy(one["name"]))
        (left if said is None else found).append(moment if said is None else said)
    # Of what comes more often than that, what is in between is nobody's trouble.
    until = int(now) - GRACE if behind else max([until, *passed])
    return {"calendar": one["calendar"], "until": until, "open": left[-AT_ONCE:], "value": max(found) if found else known["value"]}


def remembered(one: dict, since: int) -> dict:
    """What is known of a schedule; nothing of one that is new or goes by another calendar since it was declared so."""
    try:
        with open(os.path.join(RUNS, f"{one['name']}@judged"), encoding="utf-8") as file:
            known = json.load(file)
        if known["calendar"] == one["calendar"]:
            return known
    except (FileNotFoundError, ValueError, KeyError):
        pass
    return {"until": since, "open": [], "value": SUCCEEDED}


def run_watch() -> int:
    """Ends with 1 where nothing can be told of a schedule."""
    with open(WATCHED, encoding="utf-8") as file:
        watched, since = json.load(file), int(os.fstat(file.fileno()).st_mtime)
    server, values, silent = Server(), {}, 0
    for one in watched["schedules"]:
        bucket = Here() if one["all"] else Bucket(server, watched["bucket"])
        try:
            known = judge(one, remembered(one, since), bucket, watched["prefix"], time.time())
        except (ScheduleError, OSError, HTTPException, IndexError, ValueError) as error:
            print(f"railyard-schedule: nobody knows how {one['name']} goes: {error}", file=sys.stderr)
            silent = 1
            continue
        values[one["name"]] = known["value"]
        write(os.path.join(RUNS, f"{one['name']}@judged"), json.dumps(known))
    status, text = server.ask("monitoring", "POST", "/", metric_data(watched["namespace"], values)) if values else (200, b"")
    if status != 200:
        print(f"railyard-schedule: CloudWatch does not take how schedules go: {reason(status, text)}", file=sys.stderr)
        return 1
    return silent


def metric_data(namespace: str, values: dict) -> bytes:
    """A request that says how schedules go, by name (CloudWatch's PutMetricData)."""
    fields = {"Action": "PutMetricData", "Version": "2010-08-01", "Namespace": namespace}
    for number, (name, value) in enumerate(values.items(), start=1):
        datum = f"MetricData.member.{number}"
        fields[f"{datum}.MetricName"], fields[f"{datum}.Value"] = "schedule_status", value
        fields[f"{datum}.Dimensions.member.1.Name"], fields[f"{datum}.Dimensions.member.1.Value"] = "Schedule", name
    return urllib.parse.urlencode(fields).encode()


def main(words: list[str]) -> int:
    if words[:1] == ["claim"] and len(words) == 5:
        return run_claim(*words[1:])
    if words[:1] == ["ended"] and len(words) == 2:
        return run_ended(words[1])
    if words == ["watch"]:
        return run_watch()
    print("usage: railyard-schedule claim NAME CALENDAR PREFIX BUCKET | ended NAME | watch", file=sys.stderr)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Exception as error:
        # Python would end with 1, by which systemd takes it that another server runs it.
        print(f"railyard-schedule: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(UNKNOWN)
