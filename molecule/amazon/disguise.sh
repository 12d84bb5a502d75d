#!/usr/bin/env bash
# Makes a Debian host look like Amazon Linux 2023 to Ansible. Takes the names of packages, which become empty ones in a
# repository of its own, the only one that dnf has. /srv/packages/ready is made last.
set -eu -o pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qqy --no-install-recommends acl createrepo-c dnf logrotate nginx-light python3-packaging python3-venv rpm > /srv/apt.log 2>&1 \
    || { cat /srv/apt.log >&2; exit 1; }
systemctl disable --now nginx.service
rm -f /etc/nginx/sites-enabled/default
useradd --system nginx
useradd --system --user-group --no-create-home cwagent

# Of Debian's unit of sshd Amazon Linux's name is only an alias, which is a link in /etc.
systemctl disable --now ssh.service 2>&1
sed '/^Alias=/d' /usr/lib/systemd/system/ssh.service > /usr/lib/systemd/system/sshd.service
mv /usr/lib/systemd/system/ssh.service.d /usr/lib/systemd/system/sshd.service.d
rm /usr/lib/systemd/system/ssh.service
systemctl daemon-reload
systemctl enable --now sshd.service

mkdir -p /srv/packages /srv/rpm
cat > /srv/rpm/timer <<'UNIT'
[Timer]
OnCalendar=*-*-* 6:00
[Install]
WantedBy=timers.target
UNIT
printf '[Service]\nExecStart=/bin/true\n' > /srv/rpm/service
{
    printf 'Name: stand-ins\nVersion: 0\nRelease: 1\nSummary: Stand-ins\nLicense: None\nBuildArch: noarch\n'
    printf '%%description\nStand-ins for tests.\n'
    printf '%%install\nmkdir -p %%{buildroot}/usr/lib/systemd/system\n'
    printf 'cp /srv/rpm/%s %%{buildroot}/usr/lib/systemd/system/dnf-automatic.%s\n' timer timer service service
    printf 'bash /srv/agent/source/tree.sh %%{buildroot}\n'
    for name in "$@"; do
        printf '%%package -n %s\nSummary: Stand-in\nAutoReqProv: no\n%%description -n %s\nStand-in for tests.\n%%files -n %s\n' \
            "$name" "$name" "$name"
        if [ "$name" = dnf-automatic ]; then
            printf '/usr/lib/systemd/system/dnf-automatic.*\n'
        elif [ "$name" = amazon-cloudwatch-agent ]; then
            printf '/opt/aws/amazon-cloudwatch-agent\n/etc/systemd/system/amazon-cloudwatch-agent.service\n'
        fi
    done
} > /srv/rpm/stand-ins.spec
rpmbuild --quiet -bb --define '_rpmdir /srv/packages' /srv/rpm/stand-ins.spec > /srv/rpm/log 2>&1 \
    || { cat /srv/rpm/log >&2; exit 1; }
createrepo_c --quiet /srv/packages
mkdir -p /etc/yum.repos.d
printf '[stand-ins]\nname=Stand-ins\nbaseurl=file:///srv/packages\ngpgcheck=0\n' > /etc/yum.repos.d/stand-ins.repo

# apt is out of reach from here on: whatever the roles install comes from the stand-ins.
chmod a-x /usr/bin/apt /usr/bin/apt-get /usr/bin/dpkg
rm /etc/os-release
cat > /etc/os-release <<'RELEASE'
NAME="Amazon Linux"
VERSION="2023"
ID="amzn"
ID_LIKE="fedora"
VERSION_ID="2023"
PLATFORM_ID="platform:al2023"
PRETTY_NAME="Amazon Linux 2023.9.20251117"
RELEASE
echo "Amazon Linux release 2023.9.20251117 (Amazon Linux)" > /etc/system-release
touch /srv/packages/ready
