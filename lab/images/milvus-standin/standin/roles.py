"""The roles of Milvus 2.6: what each listens on, waits for and registers."""

import socket
import time
from dataclasses import dataclass
from pathlib import Path

import grpc

from . import log, net
from .config import Config
from .coordinators import ActiveCoordinator
from .etcd import Etcd
from .management import Management
from .objectstore import ChangeLog, ObjectStore
from .refusals import resolved_queue
from .retry import retry
from .rpc import Methods
from .session import EMBEDDED, Session

# Between two looks of a standby at the active one's place.
STANDBY_SECONDS = 0.2
QUEUE_ATTEMPTS = 10
# Woodpecker notes here, once and for all, that the store knows conditional writes (zilliztech/woodpecker meta/constant.go).
CONDITION_WRITE = "woodpecker/conditionwrite"


@dataclass
class Process:
    """What the roles of one process share."""

    config: Config
    etcd: Etcd
    server_id: int
    standalone: bool
    store: ObjectStore | None


class Role:
    """Initializing, then Healthy (or first StandBy), then Stopped."""

    name = ""
    section = ""
    state = "Initializing"
    server_id = 0

    def __init__(self, process: Process):
        self._process, self._config = process, process.config
        self.server_id = process.server_id
        self._servers: list = []
        self._sessions: list[Session] = []

    def start(self) -> None:
        """Returns once the role is healthy."""
        self._register(self._listen(self.section), self.name)
        self._become("Healthy")

    def stop(self) -> None:
        self._become("Stopping")
        for session in self._sessions:
            session.stop()
        for server in self._servers:
            server.stop(grace=1).wait()
        self._become("Stopped")

    def is_healthy(self) -> bool:
        return self.state == "Healthy"

    def _listen(self, section: str, answer=None, strict: bool = False) -> str:
        """Serves the role's gRPC port; the address that others reach it by."""
        handler, tls = Methods(self.is_healthy, answer), net.internal_tls(self._config)
        server, port = net.serve(handler, self._config.number(f"{section}.port"), tls, strict)
        self._servers.append(server)
        return net.advertised(self._config, section, port)

    def _register(self, address: str, name: str, labels: dict | None = None) -> Session:
        session = Session(self._process.etcd, self._config, name, self.server_id, address, labels)
        session.register()
        self._sessions.append(session)
        return session

    def _become(self, state: str) -> None:
        self.state = state
        log.info(f"{self.name} is {state}")


class QueryNode(Role):
    name, section = "querynode", "queryNode"


class DataNode(Role):
    name, section = "datanode", "dataNode"


class StreamingNode(Role):
    """Has a query node within, which registers like any other, with a label."""

    name, section = "streamingnode", "streamingNode"

    def start(self) -> None:
        queue = resolved_queue(self._config, self._process.standalone)
        check_queue(self._config, queue)
        address = self._listen(self.section)
        ActiveCoordinator(self._config, self._process.etcd).wait()
        if queue == "woodpecker":
            self._process.etcd.put({CONDITION_WRITE: "true"}, versions={CONDITION_WRITE: 0})
        self._register(address, self.name)
        if not self._process.standalone:
            self._register(self._listen("queryNode"), "querynode", {EMBEDDED: "1"})
        self._become("Healthy")


class Proxy(Role):
    name, section = "proxy", "proxy"

    def __init__(self, process: Process):
        super().__init__(process)
        self.management = Management(self._config, process.etcd)

    def start(self) -> None:
        # Imported here: only this role and the coordinator need Milvus' messages.
        from .proxy_service import ProxyService

        service = ProxyService(self._config, self._process.etcd, self._process.standalone)
        tls, port = net.client_side_tls(self._config), self._config.number("proxy.port")
        self._servers.append(net.serve(Methods(self.is_healthy, service.answer), port, tls)[0])
        internal = self._config.number("proxy.internalPort")
        self._servers.append(net.serve(Methods(self.is_healthy), internal, net.internal_tls(self._config))[0])
        service.wait_for_coordinator()
        self._register(net.advertised(self._config, "proxy", internal), self.name)
        self._become("Healthy")


class MixCoord(Role):
    """Standby until the active one's place is free; then it takes the data up where the last one left it."""

    name, section = "mixcoord", "rootCoord"

    def __init__(self, process: Process):
        super().__init__(process)
        self._backend = None

    def start(self) -> None:
        address = self._listen(self.section, self._answer, strict=True)
        session = self._register(address, self.name)
        self._become("StandBy")
        while not session.activate():
            if self.state != "StandBy":
                return
            time.sleep(STANDBY_SECONDS)
        self._become("Initializing")
        self._take_over(session)
        self._become("Healthy")

    def stop(self) -> None:
        super().stop()
        if self._backend:
            self._backend.close()

    def _take_over(self, session: Session) -> None:
        from .backend import Backend
        from .users import Users

        Users(self._config, self._process.etcd).create_root()
        store = self._process.store
        folder = Path(self._config.get("localStorage.path") or "/var/lib/milvus") / "standin"
        self._backend = Backend(folder, ChangeLog(store) if store else None, session.holds_active)

    def _answer(self, name: str, request: bytes, context) -> bytes:
        if self._backend is None or not self.is_healthy():
            context.abort(grpc.StatusCode.UNAVAILABLE, f"mixcoord is {self.state}")
        return self._backend.answer(name, request, context)


ROLES = {role.name: role for role in (MixCoord, QueryNode, DataNode, StreamingNode, Proxy)}


def check_queue(config: Config, queue: str) -> None:
    """Whether a queue that is no part of Milvus can be reached."""
    if queue not in ("pulsar", "kafka"):
        return
    address = config.get("pulsar.address") if queue == "pulsar" else config.get("kafka.brokerList")
    first = address.split("://")[-1].split(",")[0]
    host, _, port = first.rpartition(":") if ":" in first else (first, "", config.get("pulsar.port"))
    retry(f"connecting to {queue} at {host}:{port}", QUEUE_ATTEMPTS, lambda: socket.create_connection((host, int(port)), 3).close())
