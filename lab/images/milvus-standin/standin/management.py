"""A proxy's routes to move what a query node serves (internal/http/router.go, internal/proxy/management.go of v2.6)."""

import json

from . import log
from .config import Config
from .etcd import Etcd
from .session import sessions_root

PREFIX = "/management/querycoord"
# No query node of the stand-in holds anything: each has one segment in name, until it was told to give it away.
SEGMENT = 1


class Management:
    def __init__(self, config: Config, etcd: Etcd):
        self._etcd, self._sessions = etcd, sessions_root(config)
        self._notes = f"{config.get('etcd.rootPath')}/standin/query-nodes/"

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        """Status and body."""
        if path == "/node/list":
            return 200, json.dumps({"nodeInfos": [self._info(node) for node in self._nodes().values()]})
        number = form.get("node_id") or form.get("source_node_id", "")
        if number not in self._nodes():
            return 500, json.dumps({"msg": f"node not found[node={number}]"})
        known = self._note(number)
        if path == "/distribution/get":
            return 200, json.dumps({"ID": int(number)} | ({} if "moved" in known else {"sealed_segmentIDs": [SEGMENT]}))
        changes = {"/node/suspend": known | {"suspended"}, "/node/resume": set(), "/transfer/channel": known}
        changes["/transfer/segment"] = known | {"moved"} if form.get("copy_mode") == "false" else known
        if path not in changes:
            return 404, "404 page not found"
        log.info(f"query node {number}: {path}")
        self._etcd.put({self._notes + number: " ".join(changes[path])})
        return 200, json.dumps({"msg": "OK"})

    def _nodes(self) -> dict[str, dict]:
        found = self._etcd.under(f"{self._sessions}querynode-")
        sessions = (json.loads(value) for value in found.values())
        return {str(session["ServerID"]): session for session in sessions}

    def _info(self, session: dict) -> dict:
        suspended = "suspended" in self._note(str(session["ServerID"]))
        state = "Suspend" if suspended else "Normal"
        return {"ID": session["ServerID"], "address": session["Address"], "state": state}

    def _note(self, number: str) -> set[str]:
        found = self._etcd.get(self._notes + number)
        return set(found.value.decode().split()) if found else set()
