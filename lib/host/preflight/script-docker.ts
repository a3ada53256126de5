/**
 * Part of the preflight's script: what the Docker engine is. Podman may answer to docker's name (podman-docker) or at its
 * socket (podman.socket). Credentials in the URL of a proxy stay on the VM.
 */
export const DOCKER = `
docker_root=
docker_config=\${DOCKER_CONFIG:-$HOME/.docker}/config.json
if ! has docker; then
  fact docker missing "$(has podman && echo podman)"
elif docker --version 2>&1 | grep -qi podman; then
  fact docker podman
elif version=$(timeout 15 docker version --format '{{.Server.Version}} {{range .Server.Components}}{{.Name}} {{end}}' 2>/dev/null) && [ -n "$version" ]; then
  case $version in
    *[Pp]odman*) fact docker podman ;;
    *)
      info=$(docker info --format '{{.Driver}}\t{{.DockerRootDir}}\t{{.SecurityOptions}}\t{{.CgroupVersion}}\t{{.HTTPProxy}}\t{{.HTTPSProxy}}\t{{.NoProxy}}' 2>/dev/null | sed 's|://[^[:space:]]*@|://|g')
      docker_root=$(printf '%s' "$info" | cut -f 2)
      fact docker running "\${version%% *}" "$info"
      docker ps --no-trunc --format 'container\t{{.ID}}\t{{.Names}}\t{{.Label "com.docker.compose.project"}}' ;;
  esac
else
  fact docker stopped
fi
if grep -qs '"https*Proxy"' "$docker_config"; then
  fact container_proxy "$(tr -d '\\n' < "$docker_config" | sed -n 's/.*"noProxy" *: *"\\([^"]*\\)".*/\\1/p')"
fi
`;
