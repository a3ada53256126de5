#!/usr/bin/env bash
# From a fresh clone to a cluster: what the machine lacks is installed, then the lab is filled and the example deployed.
set -euo pipefail
cd "$(dirname "$0")/.."
bash lab/bootstrap.sh
export PATH=$PWD/.cache/tools/bin:$PATH # what bootstrap had to fetch
exec node_modules/.bin/tsx tools/demo.ts "$@"
