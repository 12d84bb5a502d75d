# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packages of the system that gems are built with, or call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line
from ansible_collections.railyard.aws.plugins.module_utils._doctor.package_needs import NEEDS, OF_RUST, Need

#: Another gem that brings what one needs.
_BROUGHT = {
    "wicked_pdf": ("wkhtmltopdf-binary", "wkhtmltopdf-heroku"),
    "pdfkit": ("wkhtmltopdf-binary", "wkhtmltopdf-heroku"),
    "streamio-ffmpeg": ("ffmpeg-binaries",),
}
#: Of rbenv's servers: what the application's bundle is built with anyway, or the image has.
_THERE = ("imagemagick", "ImageMagick", "libssl-dev", "openssl-devel")


def _mimemagic(app: Application) -> bool:
    return app.has("mimemagic") and not app.has("mimemagic", below="0.3.6")


def _compiled(app: Application, gem: str, stack: Stack) -> bool:
    """Whether the lock file has this gem compiled for the servers."""
    machine = stack["architecture"]
    locked = app.lock.gems.get(gem)
    return bool(locked and any(one in (f"{machine}-linux", f"{machine}-linux-gnu") for one in locked.compiled))


def _sqlite_brings_its_own(app: Application) -> bool:
    return app.has("sqlite3") and not app.has("sqlite3", below="1.5.0")


def _variants(app: Application) -> bool:
    return any(
        re.search(r"\.(variant|preview|representation)\(", line.text) for line in app.lines_of("app/**/*.rb", "app/**/*.erb", "app/**/*.haml", "app/**/*.slim")
    )


#: Gems whose need another fact takes away.
_UNLESS: dict[str, Callable[[Application], bool]] = {
    "sqlite3": _sqlite_brings_its_own,
    # Without a lock file Bundler takes the compiled one. Before version 1 these two were in C.
    **dict.fromkeys(OF_RUST, lambda app: not app.locked),
    "commonmarker": lambda app: not app.locked or app.has("commonmarker", below="1.0.0"),
    "prometheus-client-mmap": lambda app: not app.locked or app.has("prometheus-client-mmap", below="1.0.0"),
    "mimemagic": lambda app: not _mimemagic(app),
    # Comes with image_processing, which takes ImageMagick as well, and loads nothing before it is asked to.
    "ruby-vips": lambda app: "ruby-vips" not in app.gemfile.groups and not _vips(app),
    "ferrum": lambda app: app.has("grover") or "ferrum" not in app.gemfile.groups,
}


def _vips(app: Application) -> bool:
    """Whether Active Storage makes its variants with libvips: Rails 7's default."""
    said = app.matching(r"variant_processor\s*=")
    if said:
        return any("vips" in line.text for line in said)
    loaded = app.matching(r"load_defaults\s*\(?\s*['\"]?[789]")
    return bool(loaded) and _variants(app)


def _listed(app: Application, stack: Stack) -> set[str]:
    """Packages that servers get by somebody's word."""
    named = set(stack["packages"])
    if stack["ruby_provider"] == "package":
        named |= {name.strip() for line in app.lines_of(stack["packages_file"]) for name in line.text.split("#")[0].split("|")}
    return named


def native(app: Application, stack: Stack) -> Iterator[Finding]:
    package = stack["ruby_provider"] == "package"
    listed = _listed(app, stack)
    amazon = stack["system"] == "amazon" and not package
    lacking: dict[str, Need] = {}
    for gem, need in NEEDS.items():
        mine = need.amazon if amazon else need.debian
        unless = _UNLESS.get(gem)
        settled = _compiled(app, gem, stack) or (unless and unless(app)) or any(app.has(one) for one in _BROUGHT.get(gem, ()))
        # The distribution's package of a gem brings what it loads.
        if not app.has(gem) or settled or (package and need.starts):
            continue
        if all(one in listed or (not package and one in _THERE) for one in mine) and mine:
            continue
        lacking[gem] = need
    variable = "railyard_ruby_packages" if package else "rbenv_build_packages_extra"
    wanted = sorted(set(stack["packages"]) | {one for need in lacking.values() for one in (need.amazon if amazon else need.debian)})
    for gem, need in lacking.items():
        mine = need.amazon if amazon else need.debian
        weight = BREAKS if need.starts else WARNS
        what = f"{gem} {need.what}, which servers do not have"
        if amazon and not need.amazon:
            mend = f"an image of Debian (ec2_image_id) with {variable}: [{', '.join(need.debian)}]; Amazon Linux packages none"
            yield Finding("packages", weight, what, mend, app.gem_at(gem))
        else:
            other = "" if amazon or package or not need.amazon else f" (on Amazon Linux: {', '.join(need.amazon)})"
            mend = f"{variable} with {', '.join(mine)}{other}"
            yield Finding("packages", weight, what, mend, app.gem_at(gem), variables={variable: wanted})


def previews(app: Application, stack: Stack) -> Iterator[Finding]:
    """Programs that the application calls itself."""
    called = (
        r"(?:\bsystem|%x|`|\bspawn|\bexec|Open3\.\w+|\bpopen)\s*[({\[]?\s*['\"]?"
        r"(?P<program>ffmpeg|ffprobe|wkhtmltopdf|pdftotext|pdftoppm|gs|libreoffice|soffice|exiftool|tesseract|pandoc)\b"
    )
    names = {"ffprobe": "ffmpeg", "pdftotext": "poppler-utils", "pdftoppm": "poppler-utils", "gs": "ghostscript", "soffice": "libreoffice"}
    names |= {"exiftool": "libimage-exiftool-perl", "tesseract": "tesseract-ocr"}
    found: dict[str, list[Line]] = {}
    for line in app.lines_of("app/**/*.rb", "lib/**/*.rb"):
        said = re.search(called, line.text)
        if said:
            found.setdefault(said["program"], []).append(line)
    variable = "railyard_ruby_packages" if stack["ruby_provider"] == "package" else "rbenv_build_packages_extra"
    for program, lines in found.items():
        package = names.get(program, program)
        if package not in _listed(app, stack):
            yield Finding("packages", WARNS, f"{program} is called, which servers do not have", f"{variable} with {package}", at(lines))


CHECKS: tuple[Check, ...] = (native, previews)
