#!/bin/sh
# Makes a stand-in for an official python:<version>-slim-<suite> image from Debian's own packages, where no registry can be reached.
# Needs root and debootstrap. Usage: base-image.sh <engine> <image>, as in: base-image.sh podman python:3.13-slim-trixie
set -eu
engine=$1
image=$2
suite=${image##*-}
root=$(mktemp --directory)
trap 'rm -rf "$root"' EXIT

chmod 755 "$root"
debootstrap --variant=minbase --include=ca-certificates,python3,python3-pip,python3-venv "$suite" "$root" >&2
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
# As in the official image, apt keeps no packages, and pip may install into the system.
cat >"$root/etc/apt/apt.conf.d/docker-clean" <<'CONF'
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
CONF
rm -f "$root"/usr/lib/python3*/EXTERNALLY-MANAGED
ln -s /usr/bin/python3 "$root/usr/local/bin/python"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt" # with those of a proxy that this machine trusts

tar --create --directory "$root" --numeric-owner . | "$engine" import \
    --change 'ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin' \
    --change 'ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' \
    --change 'CMD ["python3"]' \
    - "docker.io/library/$image" >&2
