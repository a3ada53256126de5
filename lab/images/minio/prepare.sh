set -euo pipefail
. "$LAB_IMAGES/go.sh"

# MinIO nodes compare their release tags with each other, so the tag is stamped as the project's own build does.
stamp() { # PACKAGE RELEASE VERSION
  local tag=$2 time=${2#RELEASE.}
  local commit=${3##*-}
  echo "-X $1.ReleaseTag=$tag -X $1.Version=$(echo "$time" | sed 's/T\(..\)-\(..\)-/T\1:\2:/') -X $1.ShortCommitID=$commit"
}

go_build github.com/minio/minio "$MINIO_VERSION" . minio "$(stamp github.com/minio/minio/cmd "$MINIO_RELEASE" "$MINIO_VERSION")"
go_build github.com/minio/mc "$MC_VERSION" . mc "$(stamp github.com/minio/mc/cmd "$MC_RELEASE" "$MC_VERSION")"
