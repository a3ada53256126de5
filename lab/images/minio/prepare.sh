set -euo pipefail
. "$LAB_IMAGES/go.sh"

# MinIO's nodes compare their release tags, so the tag is stamped as the project's own build does it.
constants=github.com/minio/minio/cmd
time=$(sed -E 's/^RELEASE\.(.*T..)-(..)-/\1:\2:/' <<<"$MINIO_RELEASE")
commit=${MINIO_VERSION##*-}

go_build github.com/minio/minio "$MINIO_VERSION" . minio \
  "-X $constants.ReleaseTag=$MINIO_RELEASE -X $constants.Version=$time -X $constants.CommitID=$commit -X $constants.ShortCommitID=$commit"
go_build github.com/minio/mc "$MC_VERSION" . mc
