#!/usr/bin/env bash
# `npm run lab`: makes the machine ready, then runs the lab's command.
set -euo pipefail
cd "$(dirname "$0")/.."
bash lab/bootstrap.sh >&2
exec node_modules/.bin/tsx lab/lab.ts "$@"
