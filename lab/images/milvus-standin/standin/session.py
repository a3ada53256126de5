"""A role's registration in etcd, as Milvus 2.6 does it (internal/util/sessionutil/session_util.go, v2.6.8 and later)."""

import json
import os
import socket
import threading
import time

import grpc

from . import VERSION, log
from .config import Config
from .etcd import Etcd
from .retry import Refused, describe

# Held by the active coordinator too, so that no coordinator of 2.5 starts beside it.
LEGACY_COORDINATORS = ["querycoord", "datacoord", "rootcoord"]
EMBEDDED = "STREAMING-EMBEDDED"


def sessions_root(config: Config) -> str:
    return f"{config.get('etcd.rootPath')}/{config.get('etcd.metaSubPath')}/session/"


def new_server_id(etcd: Etcd, root: str) -> int:
    """The next number of the cluster's counter."""
    key = f"{root}id"
    while True:
        known = etcd.get(key)
        number, version = (int(known.value), known.version) if known else (1, 0)
        if etcd.put({key: str(number + 1)}, versions={key: version}):
            return number


class Session:
    """Under a lease from register() to stop(). A lease that ends meanwhile ends the process with code 1."""

    def __init__(self, etcd: Etcd, config: Config, role: str, server_id: int, address: str, labels: dict | None = None):
        self._etcd, self._root, self._role = etcd, sessions_root(config), role
        self._ttl = config.number("common.session.ttl")
        self._value = {"ServerID": server_id, "ServerName": role, "Address": address, "Version": VERSION}
        self._value |= {"HostName": socket.gethostname()} | ({"ServerLabels": labels} if labels else {})
        self._key = f"{self._root}{role}-{server_id}"
        self._stopped = threading.Event()
        self.lease = 0

    def register(self) -> None:
        self.lease = self._etcd.grant(self._ttl)
        self._value["LeaseID"] = self.lease
        if not self._etcd.put({self._key: json.dumps(self._value)}, self.lease, {self._key: 0}):
            raise Refused(f"{self._key} is there already")
        log.info(f"put session key into etcd, service registered successfully: {self._key}")
        threading.Thread(target=self._keep_alive, daemon=True).start()

    def activate(self) -> bool:
        """Takes the place of the active coordinator, if it is free. Raises Refused where a newer Milvus has worked on this etcd."""
        if any(self._etcd.under(f"{self._root}{role}") for role in LEGACY_COORDINATORS):
            return False
        version_key, active_key = f"{self._root}version", f"{self._root}{self._role}"
        written = self._etcd.get(version_key)
        if written and line(VERSION) < line(written.value.decode()):
            raise Refused(f"session version check failure: current version({VERSION}), session version({written.value.decode()})")
        names = [self._role, *LEGACY_COORDINATORS]
        places = {f"{self._root}{name}": json.dumps(self._value | {"ServerName": name}) for name in names}
        free = dict.fromkeys(places, 0) | {version_key: written.version if written else 0}
        if not self._etcd.put(places, self.lease, free):
            return False
        self._etcd.put({version_key: VERSION})
        log.info(f"register ACTIVE {self._role}: {active_key}")
        return True

    def holds_active(self) -> bool:
        found = self._etcd.get(f"{self._root}{self._role}")
        return found is not None and found.lease == self.lease

    def stop(self) -> None:
        if self._stopped.is_set() or not self.lease:
            return
        self._stopped.set()
        try:
            self._etcd.revoke(self.lease)
        except grpc.RpcError as problem:
            log.warn(f"failed to revoke the lease of {self._key}: {describe(problem)}")

    def _keep_alive(self) -> None:
        ends = time.monotonic() + self._ttl
        while not self._stopped.wait(self._ttl / 5):
            try:
                left = self._etcd.keep_alive(self.lease)
            except (grpc.RpcError, StopIteration) as problem:
                log.warn(f"failed to keep alive {self._key}: {describe(problem)}")
                left = None
            if left:
                ends = time.monotonic() + self._ttl
            elif not self._stopped.is_set() and (left == 0 or time.monotonic() > ends):
                log.error(f"the session is expired without activing closing: {self._key}")
                os._exit(1)


def line(version: str) -> tuple[int, ...]:
    """Major and minor."""
    return tuple(int(part) for part in version.split(".")[:2])
