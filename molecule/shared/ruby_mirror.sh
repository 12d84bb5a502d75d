#!/usr/bin/env bash
# Makes a host its own mirror of what the role rbenv fetches from the internet, out of Debian's packages:
#   /srv/mirror/<sha256>   Ruby's source, as RUBY_BUILD_MIRROR_URL wants it, from Debian's source package
#   /srv/mirror/gems       a source of gems with a stand-in for rails, which only tells its version
#   /srv/rbenv.git, /srv/ruby-build.git   the tools, from the packages of these names; also as /srv/mirror/*.tar
# The source's checksum is left in /srv/mirror/source.sum, last of all. `ruby_mirror.sh keep` leaves the Ruby that makes gems.
set -eu -o pipefail
export DEBIAN_FRONTEND=noninteractive
mkdir -p /srv/mirror/gems/gems /srv/work/rails/exe
cd /srv/work

# Only the release itself: what is newer may have been replaced by the time its index is read.
# shellcheck disable=SC1091 # only the host has it
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
sources=$(find /etc/apt -name '*.list' -exec sed -n "s/^deb \(.* $release .*\)/deb-src \1/p" {} +)
test "$sources"
echo "$sources" > /etc/apt/sources.list.d/source.list
apt-get update -qq
apt-get install -qqy --no-install-recommends git ruby xz-utils > apt.log 2>&1 || { cat apt.log >&2; exit 1; }
apt-get source -qq --download-only ruby3.1
apt-get download -qq rbenv ruby-build

# ruby-build of this age unpacks gzip only.
xz -dc ruby3.1_*.orig.tar.xz | gzip -n1 > ruby.tar.gz
sum=$(sha256sum ruby.tar.gz | cut -d' ' -f1)
mv ruby.tar.gz "/srv/mirror/$sum"

for tool in rbenv ruby-build; do
    dpkg -x "$(echo "$tool"_*.deb)" "$tool-files"
done
mkdir -p rbenv/bin ruby-build/share
cp -a rbenv-files/usr/lib/rbenv/. rbenv/
ln -s ../libexec/rbenv rbenv/bin/rbenv
cp -a ruby-build-files/usr/bin ruby-build/
cp -a ruby-build-files/usr/share/ruby-build ruby-build/share/
for tool in rbenv ruby-build; do
    tar -cf "/srv/mirror/$tool.tar" --sort=name --owner=0 --group=0 --mtime=@0 "$tool"
    git -C "$tool" init -q
    git -C "$tool" add -A
    git -C "$tool" -c user.name=mirror -c user.email=mirror@localhost commit -qm "As packaged by Debian"
    git -C "$tool" tag packaged
    git clone -q --bare "$tool" "/srv/$tool.git"
done

cd rails
cat > exe/rails <<'PROGRAM'
#!/usr/bin/env ruby
puts "stand-in for rails 0.0.1 on Ruby #{RUBY_VERSION}"
PROGRAM
chmod 755 exe/rails
cat > rails.gemspec <<'GEM'
Gem::Specification.new do |s|
  s.name, s.version, s.summary, s.author = "rails", "0.0.1", "Stand-in for tests", "railyard"
  s.homepage, s.license, s.files, s.bindir, s.executables = "https://localhost", "MIT", ["exe/rails"], "exe", ["rails"]
end
GEM
gem build --quiet rails.gemspec --output /srv/mirror/gems/gems/rails-0.0.1.gem
gem generate_index --quiet --directory /srv/mirror/gems
# No Ruby but the role's own may be left.
if [ "${1:-}" != keep ]; then
    apt-get purge -qqy --auto-remove ruby > purge.log
    if command -v ruby; then exit 1; fi
fi

printf %s "$sum" > /srv/mirror/source.sum
