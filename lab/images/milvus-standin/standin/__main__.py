"""`milvus run ROLE`."""

import os
import signal
import sys
import threading

from . import VERSION, health, log, refusals
from .config import Config
from .etcd import Etcd
from .objectstore import ObjectStore
from .retry import Refused, describe, retry
from .roles import ROLES, Process
from .session import new_server_id, sessions_root

COORDINATORS = {"-rootcoord", "-querycoord", "-datacoord"}
# Flags of `mixture` that name a role; -indexcoord is accepted and means nothing.
NODES = {"-proxy": "proxy", "-querynode": "querynode", "-datanode": "datanode", "-streamingnode": "streamingnode"}
ETCD_ATTEMPTS = 10
USAGE = "usage: milvus run {standalone|mixcoord|proxy|querynode|datanode|streamingnode|mixture} [flags]"


def roles_of(arguments: list[str]) -> list[str]:
    """Names of the roles that a command line starts; exits where it names none."""
    if len(arguments) < 2 or arguments[0] != "run":
        sys.exit(USAGE)
    kind, flags = arguments[1], set(arguments[2:])
    if kind == "standalone":
        return list(ROLES)
    if kind in ROLES:
        return [kind]
    if kind == "mixture":
        mixed = (["mixcoord"] if COORDINATORS <= flags else []) + [role for flag, role in NODES.items() if flag in flags]
        return mixed or sys.exit("mixture needs -rootcoord, -querycoord and -datacoord together, or flags of nodes")
    print(f"Unknown server type = {kind}\n{USAGE}", file=sys.stderr)
    sys.exit(255)


def main() -> None:
    names = roles_of(sys.argv[1:])
    log.info(f"this is a STAND-IN for Milvus v{VERSION} (lab only): milvus-lite behind the roles' outward behaviour")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, lambda *_: stop.set())
    roles: list = []
    threading.Thread(target=guarded, args=(lambda: run(names, roles),), daemon=True).start()
    stop.wait()
    # Coordinators first, then nodes, then the proxy: the order of ROLES.
    for role in roles:
        role.stop()
    # Threads of gRPC may still wait for clients that have gone.
    os._exit(0)


def guarded(work) -> None:
    """Whatever ends the work ends the process, as a panic does."""
    try:
        work()
    except Refused as problem:
        log.error(str(problem))
        os._exit(1)
    except Exception as problem:
        log.error(f"{type(problem).__name__}: {describe(problem)}")
        os._exit(1)


def run(names: list[str], roles: list) -> None:
    standalone = names == list(ROLES)
    config = Config.load()
    refusals.check(config, standalone, "proxy" in names)
    starting = [Starting(name) for name in names]
    shown = list(starting)
    health.serve(shown)
    process = prepare(config, names, standalone)
    roles += [ROLES[name](process) for name in names]
    shown[:] = roles
    for role in roles:
        threading.Thread(target=guarded, args=(role.start,), daemon=True).start()


class Starting:
    """Stands for a role until etcd and the object store have answered."""

    state, server_id = "Initializing", 0

    def __init__(self, name: str):
        self.name = name

    def stop(self) -> None:
        """Nothing has begun."""


def prepare(config: Config, names: list[str], standalone: bool) -> Process:
    etcd = Etcd(config)
    root = sessions_root(config)
    server_id = retry(f"connecting to etcd at {config.get('etcd.endpoints')}", ETCD_ATTEMPTS, lambda: new_server_id(etcd, root))
    # The proxy is the one role that never touches the object store.
    remote = config.get("common.storageType") != "local" and names != ["proxy"]
    store = ObjectStore(config) if remote else None
    if store:
        store.check()
    return Process(config, etcd, server_id, standalone, store)


main()
