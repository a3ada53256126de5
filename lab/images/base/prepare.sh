# A slim Debian root file system that every image but the static ones starts from, so that a VM pulls it once.
set -euo pipefail

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# The host's own mirror, if the host is Debian; else debootstrap's default.
mirror=$(apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' 2>/dev/null |
  awk -v suite="$DEBIAN_SUITE" '$1 == suite && $2 == "main" { print $3; exit }')
debootstrap --variant=minbase --include=ca-certificates,curl,tini "$DEBIAN_SUITE" "$root" ${mirror:+"$mirror"} >debootstrap.log

# What apt needs to know about this network (proxies, clocks) holds inside the images too.
{ apt-config dump | grep -E '^Acquire::(http|https|Check)' || true; } >"$root/etc/apt/apt.conf.d/90host"

rm -rf "$root"/usr/share/{doc,man,info,locale,lintian} "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/*
tar -C "$root" -c . >rootfs.tar
