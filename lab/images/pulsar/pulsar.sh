#!/bin/bash
# Starts what the official bin/pulsar starts, by the same names: PULSAR_MEM, PULSAR_GC, PULSAR_EXTRA_OPTS, PULSAR_STANDALONE_CONF.
set -eu
home=$(cd "$(dirname "$0")/.." && pwd)
cd "$home"

if [ "${1:-}" != standalone ]; then
  echo "Usage: pulsar standalone [options]; this image holds no other command" >&2
  exit 1
fi
shift

opens=()
for package in java.base/java.nio java.base/sun.nio.ch java.base/java.util.zip java.base/java.lang \
  java.management/sun.management jdk.management/com.sun.management.internal; do
  opens+=(--add-opens "$package=ALL-UNNAMED")
done

# The memory, collector and extra options are lists of words.
# shellcheck disable=SC2086
exec /pulsar/jre/bin/java ${PULSAR_MEM:--Xms256m -Xmx1g -XX:MaxDirectMemorySize=512m} ${PULSAR_GC:-} "${opens[@]}" \
  -Dio.netty.tryReflectionSetAccessible=true -Dlog4j.configurationFile="$home/conf/log4j2.properties" ${PULSAR_EXTRA_OPTS:-} \
  -cp "$home/lib/*" org.apache.pulsar.PulsarStandaloneStarter --config "${PULSAR_STANDALONE_CONF:-conf/standalone.conf}" "$@"
