"""How other roles find the active coordinator."""

import json
import threading
import time

import grpc

from . import log
from .config import Config
from .etcd import Etcd
from .net import internal_channel
from .rpc import HEALTH, SERVING
from .session import sessions_root

PATIENCE_SECONDS = 15
# Of one call: a client without a deadline shows as one whose deadline is ages away, which gRPC cannot pass on.
LONGEST_CALL_SECONDS = 3600


class ActiveCoordinator:
    def __init__(self, config: Config, etcd: Etcd):
        self._config, self._etcd = config, etcd
        self._lock = threading.Lock()
        self._address, self._channel = "", None

    def is_ready(self) -> bool:
        try:
            return self._to(self._find()).unary_unary(HEALTH)(b"", timeout=2) == SERVING
        except (grpc.RpcError, LookupError):
            return False

    def wait(self) -> None:
        log.info("waiting for a healthy mixcoord")
        while not self.is_ready():
            time.sleep(0.3)

    def call(self, method: str, request: bytes, seconds: float | None, metadata) -> bytes:
        """Asks it, and whoever takes its place, until one answers."""
        seconds = min(seconds or LONGEST_CALL_SECONDS, LONGEST_CALL_SECONDS)
        deadline = time.monotonic() + min(seconds, PATIENCE_SECONDS)
        while True:
            try:
                return self._to(self._find()).unary_unary(method)(request, timeout=seconds, metadata=metadata)
            except LookupError:
                if time.monotonic() > deadline:
                    raise
            except grpc.RpcError as problem:
                if problem.code() != grpc.StatusCode.UNAVAILABLE or time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def _find(self) -> str:
        found = self._etcd.get(f"{sessions_root(self._config)}mixcoord")
        if found is None:
            raise LookupError("no mixcoord is active")
        return json.loads(found.value)["Address"]

    def _to(self, address: str) -> grpc.Channel:
        with self._lock:
            if address != self._address:
                self._address, self._channel = address, internal_channel(self._config, address)
            return self._channel
