#!/bin/sh
# As the official image: arguments are those of `minio`, with or without the name in front.
[ "${1:-}" = minio ] || set -- minio "$@"
exec "$@"
