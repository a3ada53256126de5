# Sourced by recipes that compile Go programs from the Go module proxy.

# go_copy MODULE VERSION FOLDER: a copy of the module's files that may be changed.
# Built in such a copy, a module's own replace lines apply; `go install` refuses those.
go_copy() {
  local found
  # Asked from outside any module, so that no go.mod that happens to be near has a say.
  found=$(cd / && go mod download -json "$1@$2") || { echo "$found" >&2 && return 1; }
  found=$(sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' <<<"$found")
  [ -d "${found:-missing}" ] || { echo "Go module $1@$2 was downloaded but has no folder" >&2 && return 1; }
  mkdir -p "$3"
  cp -r "$found/." "$3"
  chmod -R u+w "$3"
}

# go_compile FOLDER PACKAGE OUTPUT [LDFLAGS]: a static program without debug information.
go_compile() {
  local output=$PWD/$3
  (cd "$1" && CGO_ENABLED=0 nice go build -mod=mod -trimpath -ldflags "-s -w ${4:-}" -o "$output" "$2")
}

# go_build MODULE VERSION PACKAGE OUTPUT [LDFLAGS]
go_build() {
  local copy=source-${4##*/}
  go_copy "$1" "$2" "$copy"
  go_compile "$copy" "$3" "$4" "${5:-}"
  rm -rf "$copy"
}
