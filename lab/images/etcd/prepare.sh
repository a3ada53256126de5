# The three programs are three modules that point at each other by relative paths, so they are built as dependencies of a module of ours.
set -euo pipefail
mkdir -p source bin && cd source
[ -e go.mod ] || go mod init lab/etcd
go get "go.etcd.io/etcd/server/v3@$ETCD_VERSION" "go.etcd.io/etcd/etcdctl/v3@$ETCD_VERSION" "go.etcd.io/etcd/etcdutl/v3@$ETCD_VERSION"
for program in server etcdctl etcdutl; do
  output=${program/server/etcd}
  CGO_ENABLED=0 nice go build -trimpath -ldflags "-s -w" -o "../bin/$output" "go.etcd.io/etcd/$program/v3"
done
