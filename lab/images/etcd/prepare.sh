# The three programs are three modules that point at each other by relative paths, so they are built as dependencies of a module of ours.
set -euo pipefail
. "$LAB_IMAGES/go.sh"
mkdir -p source bin
modules=(go.etcd.io/etcd/server/v3 go.etcd.io/etcd/etcdctl/v3 go.etcd.io/etcd/etcdutl/v3)
(
  cd source
  [ -e go.mod ] || go mod init lab/etcd
  go get "${modules[@]/%/@$ETCD_VERSION}"
)
go_compile source go.etcd.io/etcd/server/v3 bin/etcd
go_compile source go.etcd.io/etcd/etcdctl/v3 bin/etcdctl
go_compile source go.etcd.io/etcd/etcdutl/v3 bin/etcdutl
rm -rf source
