# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gems and the packages of the system that they are built with, or call."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """What a gem needs: Debian's packages, Amazon Linux's (none: it has no such package), and what for.

    ``starts`` says that without it the bundle cannot be built or the application does not start; else one of its features fails.
    """

    debian: tuple[str, ...]
    amazon: tuple[str, ...]
    what: str
    starts: bool = True


#: Gems that are written in Rust; most are there compiled, and a lock file for the servers' processor has them so.
OF_RUST = ("commonmarker", "tokenizers", "tiktoken_ruby", "selma", "gitlab-glfm-markdown", "prometheus-client-mmap", "blake3-rb", "wasmtime", "y-rb")
NEEDS = {
    "pg": Need(("libpq-dev",), ("libpq-devel",), "is built with libpq"),
    "sqlite3": Need(("libsqlite3-dev",), ("sqlite-devel",), "is built with SQLite"),
    "rmagick": Need(("libmagickwand-dev",), ("ImageMagick-devel",), "is built with ImageMagick"),
    "ruby-vips": Need(("libvips-tools",), (), "loads libvips"),
    "charlock_holmes": Need(("libicu-dev",), ("libicu-devel",), "is built with ICU"),
    "curb": Need(("libcurl4-openssl-dev",), ("libcurl-devel",), "is built with libcurl"),
    "rugged": Need(("cmake", "libssl-dev"), ("cmake", "openssl-devel"), "is built with cmake"),
    "ruby-filemagic": Need(("libmagic-dev",), ("file-devel",), "is built with libmagic"),
    "idn-ruby": Need(("libidn-dev",), ("libidn-devel",), "is built with libidn"),
    "tiny_tds": Need(("freetds-dev",), (), "is built with FreeTDS"),
    "rbnacl": Need(("libsodium-dev",), (), "loads libsodium"),
    "gpgme": Need(("libgpgme-dev",), ("gpgme-devel",), "is built with GPGME"),
    "rpam2": Need(("libpam0g-dev",), ("pam-devel",), "is built with PAM"),
    "taglib-ruby": Need(("libtag1-dev",), (), "is built with TagLib"),
    "rszr": Need(("libimlib2-dev",), ("imlib2-devel",), "is built with Imlib2"),
    "mahoro": Need(("libmagic-dev",), ("file-devel",), "is built with libmagic"),
    "xapian-full-alaveteli": Need(("uuid-dev",), ("libuuid-devel",), "is built with Xapian, which wants libuuid"),
    "xapian-full": Need(("uuid-dev",), ("libuuid-devel",), "is built with Xapian, which wants libuuid"),
    "libxml-ruby": Need(("libxml2-dev",), ("libxml2-devel",), "is built with libxml2"),
    "ruby-ldap": Need(("libldap-dev", "libsasl2-dev"), ("openldap-devel", "cyrus-sasl-devel"), "is built with OpenLDAP"),
    "ruby-odbc": Need(("unixodbc-dev",), ("unixODBC-devel",), "is built with unixODBC"),
    "rgeo-proj4": Need(("libproj-dev",), ("proj-devel",), "is built with PROJ"),
    "ffi-geos": Need(("libgeos-dev",), (), "loads GEOS"),
    "ffi-rzmq": Need(("libzmq3-dev",), (), "loads ZeroMQ"),
    "cairo": Need(("libcairo2-dev",), ("cairo-devel",), "is built with Cairo"),
    "rsvg2": Need(("librsvg2-dev",), ("librsvg2-devel",), "is built with librsvg"),
    "raspell": Need(("libaspell-dev",), ("aspell-devel",), "is built with Aspell"),
    **dict.fromkeys(OF_RUST, Need(("cargo", "libclang-dev"), ("cargo", "clang-devel"), "is built with Rust")),
    "rgeo": Need(("libgeos-dev",), (), "calculates in Ruby unless it finds GEOS", starts=False),
    "streamio-ffmpeg": Need(("ffmpeg",), (), "calls ffmpeg", starts=False),
    "wicked_pdf": Need(("wkhtmltopdf",), (), "calls wkhtmltopdf", starts=False),
    "pdfkit": Need(("wkhtmltopdf",), (), "calls wkhtmltopdf", starts=False),
    "grover": Need(("chromium",), (), "calls a browser", starts=False),
    "ferrum": Need(("chromium",), (), "calls a browser", starts=False),
    "ferrum_pdf": Need(("chromium",), (), "calls a browser", starts=False),
    "rtesseract": Need(("tesseract-ocr",), (), "calls tesseract", starts=False),
    "mini_exiftool": Need(("libimage-exiftool-perl",), ("perl-Image-ExifTool",), "calls exiftool", starts=False),
    "ruby-graphviz": Need(("graphviz",), ("graphviz",), "calls graphviz", starts=False),
    "mimemagic": Need(("shared-mime-info",), ("shared-mime-info",), "is built with the list of MIME types"),
    "mini_magick": Need(("imagemagick",), ("ImageMagick",), "calls ImageMagick", starts=False),
}
