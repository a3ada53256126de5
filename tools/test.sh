#!/usr/bin/env bash
# Everything from a fresh clone: what the machine lacks is installed, then every test runs.
set -euo pipefail
cd "$(dirname "$0")/.."
bash lab/bootstrap.sh
export PATH=$PWD/.cache/tools/bin:$PATH # what bootstrap had to fetch
exec node_modules/.bin/tsx tools/test.ts "$@"
