# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Rails application as its files describe it: gems, versions, configuration. Nothing of it is run."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from ansible_collections.railyard.aws.plugins.module_utils._doctor import gemfile as gemfiles
from ansible_collections.railyard.aws.plugins.module_utils._doctor import lockfile
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line
from ansible_collections.railyard.aws.plugins.module_utils._doctor.outline import counting
from ansible_collections.railyard.aws.plugins.module_utils._doctor.ruby import in_production

#: Bytes of a file that are read; configuration is never longer.
LARGEST = 256 * 1024
#: Configuration of programs that no server of this stack starts.
_OTHER_PROGRAMS = ("config/deploy.rb", "config/deploy/*", "config/deploy*.yml", "config/schedule.rb", "config/unicorn*", "config/spring.rb")


class NoApplication(Exception):
    """The directory holds no Rails application; its words say what is missing."""


def version_of(text: str) -> tuple[int, ...]:
    """``2.6.6p146`` as ``(2, 6, 6)``, to be compared."""
    return tuple(int(part) for part in re.findall(r"\d+", text.split("p")[0])[:3])


class Application:
    """What the checks look at.

    :param root: directory of the application
    :param gemfile: its bundle's Gemfile, from there
    :param environment: Rails' environment on the servers
    :param without: groups of gems that servers leave out
    :param optional: optional groups that servers install nevertheless
    :raises NoApplication: when it has no Gemfile
    """

    def __init__(
        self,
        root: Path,
        gemfile: str = "Gemfile",
        environment: str = "production",
        without: tuple[str, ...] = ("development", "test"),
        optional: tuple[str, ...] = (),
    ) -> None:
        if not (root / gemfile).is_file():
            raise NoApplication(f"{root} has no {gemfile}, so it is no Rails application; write the directory that has it.")
        self.root = root
        self.gemfile_name = gemfile
        self.environment = environment
        #: Names that the servers' environment has; none as long as nobody knows them.
        self.given: frozenset[str] | None = None
        self.lock_name = f"{gemfile}.lock"
        self.locked = (root / self.lock_name).is_file()
        self.lock = lockfile.read(self.read(self.lock_name))
        self.gemfile = gemfiles.read(self.lines_of(gemfile, *self._further_gemfiles()))
        self.without = without
        left_out = self.gemfile.left_out((*without, *(self.gemfile.optional - set(optional))))
        wanted = self.lock.closure((self.lock.direct or set(self.lock.gems)) - left_out)
        if not self.lock.direct:
            wanted -= left_out
        #: Gem → version, as the lock file decides, of those that servers install; without a lock file no version is known.
        self.gems = {name: gem.version for name, gem in self.lock.gems.items() if name in wanted}
        if not self.locked:
            self.gems = {name: "" for name in self.gemfile.groups if name not in left_out | self.gemfile.perhaps}

    def _further_gemfiles(self) -> list[str]:
        """Gemfiles that the first one reads, where they are there, such as Gemfile.local."""
        lines = self.lines_of(self.gemfile_name)
        if not any(re.search(r"\b(?:eval_gemfile|instance_eval|eval)\b", line.text) for line in lines):
            return []
        named = [name.removeprefix("./") for line in lines for name in re.findall(r"['\"/{,]([\w.-]*Gemfile[\w.-]*)(?=['\"},])", line.text)]
        return [name for name in dict.fromkeys(named) if name != self.gemfile_name and (self.root / name).is_file()]

    def has(self, gem: str, below: str | None = None) -> bool:
        """Whether servers install a gem, and, where ``below`` is given, one that is older than that version."""
        version = self.gems.get(gem)
        return version is not None and (below is None or (version != "" and version_of(version) < version_of(below)))

    def any_of(self, *gems: str) -> list[str]:
        """Those of ``gems`` that servers install."""
        return [gem for gem in gems if gem in self.gems]

    def gem_at(self, *gems: str) -> str:
        """Where the lock file, or else the Gemfile, has these gems."""
        places = [
            f"{self.lock_name}:{self.lock.gems[gem].line}" if gem in self.lock.gems else f"{self.gemfile_name}:{self.gemfile.lines.get(gem, 1)}" for gem in gems
        ]
        return ", ".join(places)

    @cached_property
    def ruby(self) -> str | None:
        """The Ruby that the lock file, or else .ruby-version, names."""
        if self.lock.ruby[0]:
            return self.lock.ruby[0]
        found = re.search(r"\d+\.\d+(?:\.\d+)?", self.read(".ruby-version"))
        return found[0] if found else None

    @cached_property
    def lines(self) -> list[Line]:
        """Lines of configuration and of uploaders that may count in the servers' environment, the usual places of what a stack decides."""
        return [line for line, _certain in self.effective("config/**/*.rb", "app/uploaders/**/*.rb")] + self.yaml_lines("config/*.yml")

    def matching(self, pattern: str, without: str | None = None) -> list[Line]:
        """Lines that a regular expression is found in, and another one is not."""
        return [line for line in self.lines if re.search(pattern, line.text) and not (without and re.search(without, line.text))]

    def read(self, name: str) -> str:
        """A file's text; of one that is not there the empty text."""
        file = self.root / name
        return self._read(file) if file.is_file() else ""

    def there(self, *names: str) -> list[str]:
        """Those of ``names`` that are there."""
        return [name for name in names if (self.root / name).exists()]

    def lines_of(self, *patterns: str) -> list[Line]:
        """Lines that are no comments, of all files below the root that one of the shell patterns names."""
        return [line for name in self.files(*patterns) for line in self._lines(name)]

    def effective(self, *patterns: str, switched: bool = False) -> Iterator[tuple[Line, bool | None]]:
        """Lines of Ruby that may count in the servers' environment, each with whether it does for certain.

        :param switched: whether lines come along that a variable would switch on that nobody has given
        """
        for name in self.files(*patterns):
            yield from in_production(self._lines(name), self.environment, None if switched else self.given)

    def yaml_lines(self, *patterns: str) -> list[Line]:
        """Lines of YAML files that may count in the servers' environment: not those of sections for others."""
        return [line for name in self.files(*patterns) for line in counting(self._lines(name), self.environment)]

    def files(self, *patterns: str) -> list[str]:
        """Files below the root that one of the shell patterns names and that the servers' environment may load."""
        found: dict[str, None] = {}
        for pattern in patterns:
            for file in sorted(self.root.glob(pattern)):
                name = file.relative_to(self.root).as_posix()
                if file.is_file() and not self._of_others(name):
                    found.setdefault(name)
        return list(found)

    def _of_others(self, name: str) -> bool:
        other = re.fullmatch(r"config/(environments|credentials|settings)/([\w-]+)\.(rb|yml|yml\.enc)", name)
        if other and other[1] == "environments":
            return other[2] != self.environment and not self._required(other[2])
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in _OTHER_PROGRAMS)

    def _required(self, environment: str) -> bool:
        """Whether the servers' environment begins with another one's file, as staging may with production's."""
        text = self.read(f"config/environments/{self.environment}.rb")
        return bool(re.search(rf"^\s*require(_relative)?\b.*['\"/(]{re.escape(environment)}(\.rb)?['\"]", text, re.MULTILINE))

    def _lines(self, name: str) -> Iterator[Line]:
        ruby = name.endswith((".rb", ".rake", ".ru")) or "emfile" in name
        comment = False
        for number, text in enumerate(self._read(self.root / name).splitlines(), 1):
            if ruby and text.startswith("__END__"):
                return
            if ruby and text.startswith(("=begin", "=end")):
                comment = text.startswith("=begin")
            elif text.strip() and not comment and not text.lstrip().startswith("#"):
                yield Line(name, number, text)

    def _read(self, file: Path) -> str:
        with file.open("rb") as opened:
            return opened.read(LARGEST).decode("utf-8", "replace")
