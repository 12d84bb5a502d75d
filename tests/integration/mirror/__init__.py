"""What servers fetch from the internet, made of Debian's packages, which is all that can be had, in a bucket."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from sandbox.core.settings import PROJECT
from sandbox.hosts import sources

BUCKET = "railyard-mirror"
SAMPLE = PROJECT / "examples" / "sample-app"
HERE = Path(__file__).parent
#: Mirrors Ruby's source and the tools that compile it.
TOOL_MIRROR = PROJECT / "molecule" / "shared" / "ruby_mirror.sh"
#: What stands for Amazon's agent.
AGENT = PROJECT / "molecule" / "cloudwatch_agent" / "package"

#: Debian's Ruby, the bundler in its source, and Debian's Rails.
RUBY, BUNDLER = "3.1.2", "2.3.7"
#: What makes the mirror, and the gems: those of the sample, and all of Rails, which the role rbenv installs.
TOOLS = ("ca-certificates", "dpkg-dev", "git", "patchelf", "ruby", "ruby-bundler", "ruby-rails", "xz-utils")


class Mirror:
    """A folder with all of it, as it is served."""

    def __init__(self, cache: Path) -> None:
        """Take what an earlier run made of the same in ``cache``, or make it (two minutes)."""
        packages = _packages()
        files = [HERE / "mirror.sh", HERE / "repack.rb", TOOL_MIRROR, SAMPLE / "Gemfile", *sorted(AGENT.iterdir())]
        recipe = "\n".join([sources.codename(), *packages, *(file.read_text() for file in files)])
        self.folder = cache / hashlib.sha256(recipe.encode()).hexdigest()[:16]
        if not self.folder.is_dir():
            with tempfile.TemporaryDirectory(prefix="making-", dir=cache) as work:
                _make(Path(work), packages).rename(self.folder)

    @property
    def source_sum(self) -> str:
        """SHA-256 of Ruby's source, which is its name here."""
        return (self.folder / "source.sum").read_text()

    @property
    def rails(self) -> str:
        """Version of Rails."""
        (gem,) = self.folder.glob("gems/gems/rails-[0-9]*.gem")
        return gem.stem.removeprefix("rails-")

    def checksum(self, name: str) -> str:
        """Of a file, as Ansible takes it."""
        return f"sha256:{hashlib.sha256((self.folder / name).read_bytes()).hexdigest()}"

    def repository(self, work: Path, gems: str) -> str:
        """URL of a repository with the sample in it, its gems pinned and from ``gems``."""
        tree, bare = work / "tree", work / "aws-intro-sample.git"
        lock = (self.folder / "Gemfile.lock").read_text()
        shutil.copytree(SAMPLE, tree, ignore=shutil.ignore_patterns("log", "tmp", "*.sqlite3", "Gemfile.lock"))
        for name, text in (("Gemfile", (SAMPLE / "Gemfile").read_text()), ("Gemfile.lock", lock)):
            (tree / name).write_text(text.replace("https://rubygems.org", gems))
        git = ("git", "-C", str(tree), "-c", "user.name=sample", "-c", "user.email=sample@example.com")
        _run("git", "init", "--quiet", "--initial-branch=main", str(tree))
        # The sample leaves its lock to who uses it.
        _run(*git, "add", "--all", "--force")
        _run(*git, "commit", "--quiet", "--message=The sample application")
        _run("git", "clone", "--quiet", "--bare", str(tree), str(bare))
        return bare.as_uri()

    def publish(self, s3: Any, region: str) -> None:
        """Make the bucket, which everybody may read, as a mirror is."""
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": region})
        opened = {"BlockPublicPolicy": False, "RestrictPublicBuckets": False}
        s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=opened)
        names = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
        # Who may list is told of what is missing that it is missing, which clients of gems ask for.
        allowed = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["s3:GetObject", "s3:ListBucket"],
            "Resource": names,
        }
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
        for file in sorted(self.folder.rglob("*")):
            if file.is_file():
                s3.upload_file(str(file), BUCKET, str(file.relative_to(self.folder)))


def _packages() -> list[str]:
    listed = (line.partition("#")[0].strip() for line in (SAMPLE / "debian-packages.txt").read_text().splitlines())
    # Of alternatives whichever the release has, which apt finds by a regular expression.
    listed = (f"^({re.sub(r' *[|] *', '|', line)})$" if "|" in line else line for line in listed)
    # No gem is in the last, which the role app installs.
    return sorted({*TOOLS, *filter(None, listed)} - {"imagemagick"})


def _make(work: Path, packages: list[str]) -> Path:
    """The mirror, out of a system of this machine's Debian in which mirror.sh has run."""
    release = sources.codename()
    root, lines = work / "root", work / "sources.list"
    lines.write_text("".join(f"{source}\n" for source in sources.of_machine(release)))
    files = (HERE / "mirror.sh", HERE / "repack.rb", TOOL_MIRROR)
    _run(
        *("mmdebstrap", "--mode=root", "--variant=minbase", f"--include={','.join(packages)}"),
        # The machine's date may be far from the mirror's snapshot; nothing of the system outlives this.
        *('--aptopt=Acquire::Check-Valid-Until "false"', "--dpkgopt=force-unsafe-io"),
        *("--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*"),
        f"--customize-hook=copy-in {' '.join(map(str, files))} /root",
        f"--customize-hook=copy-in {SAMPLE / 'Gemfile'} /srv",
        '--customize-hook=chroot "$1" bash /root/mirror.sh',
        *(release, str(root), str(lines)),
        timeout=1800,
    )
    made = root / "srv" / "mirror"
    _run("bash", str(AGENT / "build.sh"), str(made / "amazon-cloudwatch-agent.deb"))
    shutil.move(root / "srv" / "Gemfile.lock", made)
    return made


def _run(*argv: str, timeout: float = 120) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=timeout)
    assert done.returncode == 0, f"{' '.join(argv)}\n{(done.stdout + done.stderr)[-3000:]}"
