# The daemon's image: Node, the docker CLI with its compose plugin, and the one bundled file that `npm run build` makes.
# Not built in the lab, which has no container registry and makes the same image from packages (lab/images/daemon-base).
FROM docker:28.5.1-cli AS docker

FROM node:20.20.2-bookworm-slim
COPY --from=docker /usr/local/bin/docker /usr/local/bin/docker
COPY --from=docker /usr/local/libexec/docker/cli-plugins/docker-compose /usr/local/libexec/docker/cli-plugins/docker-compose
COPY dist/milvus-onprem /usr/local/bin/milvus-onprem
ENTRYPOINT ["node", "/usr/local/bin/milvus-onprem"]
