#!/usr/bin/env bash
# Makes in this system, a Debian with Ruby and the packages of an application:
#   /srv/mirror        sources and tools as ruby_mirror.sh has them, and below gems/ a source of all gems that the system's packages have
#   /srv/Gemfile.lock  what bundler takes from there for /srv/Gemfile
set -eu -o pipefail

cd "$(dirname "$0")"
# It ends with a word about a log that it cannot write without terminals.
bash ruby_mirror.sh keep

rm -r /srv/mirror/gems
ruby repack.rb /srv/mirror/gems/gems
gem generate_index --quiet --directory /srv/mirror/gems
cd /srv
BUNDLE_MIRROR__ALL=file:///srv/mirror/gems bundle lock
# The bundler that comes with Ruby's source, which is not Debian's.
sed -i '/^BUNDLED WITH$/,$d' Gemfile.lock
