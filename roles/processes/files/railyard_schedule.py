# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the services of schedules ask: the role processes puts it on servers as /usr/local/bin/railyard-schedule.

    railyard-schedule claim NAME CALENDAR PREFIX BUCKET   ends with 0 where this server is to run it, with 1 where another one does
    railyard-schedule ended NAME                          writes down how a run ended

With what distributions have alone: neither boto3 nor the AWS CLI is on a server. Python 3.9 is the oldest of them.
"""

from __future__ import annotations

import datetime
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
#: What systemd takes for a service that need not run, and for one that could not ask.
MINE, OTHERS, UNKNOWN = 0, 1, 255
#: Seconds to wait for an answer, and before each further try.
ANSWER = 30
PAUSES = (0.5, 1, 2, 4, 8)
#: Seconds for which a time that has passed is looked for: a run that took longer than the schedule's period delays the next.
FARTHEST = 100 * 86400


#: Of programs whose words are read.
IN_UTC = {**os.environ, "TZ": "UTC", "LC_ALL": "C"}


class ScheduleError(Exception):
    """Why nothing can be said."""


def elapse_after(calendar: str, moment: int) -> float:
    """The calendar's first time after a moment, both in seconds since 1970; infinity where there is none. Raises ScheduleError."""
    words = ["systemd-analyze", "calendar", f"--base-time=@{moment}", calendar]
    done = subprocess.run(words, env=IN_UTC, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ScheduleError(f"`{' '.join(words)}` says: {done.stderr.strip()}")
    found = moment_of(done.stdout.partition("Next elapse:")[2])
    return float("inf") if found is None else found


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


class Bucket:
    """The objects of a bucket, asked for with the rights of this server."""

    def __init__(self, name: str) -> None:
        token = metadata("api/token")
        document = json.loads(metadata("dynamic/instance-identity/document", token))
        role = metadata("meta-data/iam/security-credentials/", token).split()[0]
        self.keys = json.loads(metadata(f"meta-data/iam/security-credentials/{role}", token))
        self.region, self.instance = document["region"], document["instanceId"]
        self.name = name.replace("{account}", document["accountId"])
        self.host = f"s3.{self.region}.{metadata('meta-data/services/domain', token).strip()}"

    def ask(self, method: str, key: str, body: bytes = b"", **further: str) -> tuple[int, bytes]:
        """Status and body of the answer, whatever it is. Raises OSError and HTTPException where there is none."""
        path = urllib.parse.quote(f"/{self.name}/{key}", safe="/-_.~")
        headers = signed(method, self.host, path, body, self.keys, self.region, further)
        request = urllib.request.Request(f"https://{self.host}{path}", data=body or None, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


def signed(method: str, host: str, path: str, body: bytes, keys: dict, region: str, further: dict, now=None) -> dict:
    """Headers with a signature of version 4 for S3 (docs.aws.amazon.com: "Create a signed AWS API request")."""
    now = now or utc(time.time())
    moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    digest = hashlib.sha256(body).hexdigest()
    headers = {name.replace("_", "-").lower(): value for name, value in further.items()}
    headers.update({"host": host, "x-amz-content-sha256": digest, "x-amz-date": moment, "x-amz-security-token": keys["Token"]})
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = "\n".join([method, path, "", lines, names, digest])
    scope = f"{day}/{region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + keys["SecretAccessKey"]).encode()
    for word in (day, region, "s3", "aws4_request"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"{keys['AccessKeyId']}/{scope}"
    return {**headers, "authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"}


def claim(bucket, key: str, sleep=time.sleep) -> bool:
    """Whether the run is this server's: whoever writes the object first has it. Raises ScheduleError."""
    mine = f"{bucket.instance} {secrets.token_hex(16)}\n".encode()
    said = ""
    for pause in (0, *PAUSES):
        sleep(pause)
        try:
            status, text = bucket.ask("PUT", key, mine, if_none_match="*")
            if status == 412 and said:
                # It may have been written by a try before this one, whose answer was lost.
                status, text = bucket.ask("GET", key)
                if status == 200:
                    return text == mine
        except (OSError, HTTPException) as error:
            said = str(error)
            continue
        if status in (200, 412):
            return status == 200
        code = re.search(rb"<Code>(\w+)</Code>", text)
        said = f"{status} {code[1].decode() if code else ''}".strip()
        # 409: two at the same moment. What is refused stays so.
        if status < 500 and status not in (409, 429):
            break
    raise ScheduleError(f"s3://{bucket.name}/{key} cannot be written: {said}")


def run_claim(name: str, calendar: str, prefix: str, bucket_name: str) -> int:
    if not bucket_name:
        return MINE
    try:
        moment = nominal(calendar, triggered(name))
        bucket = Bucket(bucket_name)
        mine = claim(bucket, f"{prefix}{name}/{utc(moment):%Y%m%dT%H%M%SZ}")
    except (ScheduleError, OSError, HTTPException, KeyError, IndexError, ValueError) as error:
        print(f"railyard-schedule: {name} does not run here, as nobody knows whether it runs elsewhere: {error}", file=sys.stderr)
        return UNKNOWN
    if mine:
        print(f"railyard-schedule: {name} of {utc(moment):%Y-%m-%d %H:%M:%S} UTC runs here")
    return MINE if mine else OTHERS


def run_ended(name: str, folder: str = STATES) -> int:
    result, status = os.environ.get("SERVICE_RESULT", "unknown"), os.environ.get("EXIT_STATUS", "")
    # Another server ran it.
    if result == "exec-condition":
        return 0
    how = "succeeded" if result == "success" else f"FAILED ({result}{f' {status}' if status else ''})"
    print(f"railyard-schedule: {name} {how}")
    os.makedirs(folder, mode=0o755, exist_ok=True)
    candidate = os.path.join(folder, f".{name}")
    with open(candidate, "w", encoding="utf-8") as file:
        file.write(f"Id=railyard-schedule-{name}\nActiveState={how} at {utc(time.time()):%Y-%m-%d %H:%M:%S} UTC\n")
    os.replace(candidate, os.path.join(folder, name))
    return 0


def main(words: list[str]) -> int:
    if words[:1] == ["claim"] and len(words) == 5:
        return run_claim(*words[1:])
    if words[:1] == ["ended"] and len(words) == 2:
        return run_ended(words[1])
    print("usage: railyard-schedule claim NAME CALENDAR PREFIX BUCKET | ended NAME", file=sys.stderr)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Exception as error:
        # Python would end with 1, by which systemd takes it that another server runs it.
        print(f"railyard-schedule: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(UNKNOWN)
