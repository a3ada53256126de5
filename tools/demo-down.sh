#!/usr/bin/env bash
# Removes what `npm run demo` made: the VMs with all that is on them, and Terraform's state of them. Images stay cached.
set -euo pipefail
cd "$(dirname "$0")/.."
bash lab/run.sh down --name demo
rm -rf examples/three-peers/cdktf.out examples/three-peers/terraform.*.tfstate*
echo "the demo is gone; images and build caches stay for the next run (remove .cache/ and dist/ to drop them)"
