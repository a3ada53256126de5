# Sourced by recipes that compile Go programs from the Go module proxy.

# go_build MODULE VERSION PACKAGE OUTPUT [LDFLAGS]
# Builds in a copy of the module's folder, so that the module's own replace lines apply; `go install` refuses those.
go_build() {
  local module=$1 version=$2 package=$3 output=$PWD/$4 ldflags=${5:-} source
  source=$(mktemp -d)
  # Run outside any module, so that the download is not checked against a go.mod that happens to be near.
  (cd "$source" && go mod download -json "$module@$version") | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' >"$source.dir"
  cp -r "$(cat "$source.dir")/." "$source"
  chmod -R u+w "$source"
  (cd "$source" && CGO_ENABLED=0 nice go build -mod=mod -trimpath -ldflags "-s -w $ldflags" -o "$output" "$package")
  rm -rf "$source" "$source.dir"
}
