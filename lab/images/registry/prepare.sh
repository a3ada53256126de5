set -euo pipefail
. "$LAB_IMAGES/go.sh"
go_build github.com/distribution/distribution/v3 "$REGISTRY_VERSION" ./cmd/registry registry
