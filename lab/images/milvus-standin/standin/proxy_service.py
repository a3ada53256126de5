"""What clients of a proxy see: every method goes to the active coordinator, but those that milvus-lite lacks or answers differently."""

import json

import grpc
from pymilvus.grpc_gen import common_pb2, milvus_pb2

from . import VERSION
from .config import Config
from .coordinators import ActiveCoordinator
from .etcd import Etcd
from .rpc import SERVICE
from .session import EMBEDDED, sessions_root
from .users import Users, decoded, failure, success

TAG = f"v{VERSION}"
# merr.ErrResourceGroupNodeNotEnough of Milvus 2.6.
NODE_NOT_ENOUGH = 309
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED


class ProxyService:
    def __init__(self, config: Config, etcd: Etcd, standalone: bool):
        self._config, self._etcd = config, etcd
        self._mode = "STANDALONE" if standalone else "DISTRIBUTED"
        self._coordinator, self._users = ActiveCoordinator(config, etcd), Users(config, etcd)
        self.is_ready = False
        self._own = {
            "Connect": self._connect,
            "GetVersion": lambda _raw: milvus_pb2.GetVersionResponse(status=success(), version=TAG),
            "GetMetrics": self._metrics,
            "ListCredUsers": self._users.names,
            "CreateCredential": self._users.create,
            "UpdateCredential": self._users.update,
            "DeleteCredential": self._users.delete,
        }

    def wait_for_coordinator(self) -> None:
        self._coordinator.wait()
        self.is_ready = True

    def answer(self, name: str, raw: bytes, context: grpc.ServicerContext) -> bytes:
        if not self.is_ready:
            context.abort(grpc.StatusCode.UNAVAILABLE, "service not ready[proxy]: Initializing")
        metadata = dict(context.invocation_metadata())
        if self._config.flag("common.security.authorizationEnabled"):
            self._authenticate(metadata.get("authorization"), context)
        if name in self._own:
            return self._own[name](raw).SerializeToString()
        refusal = self._refuse_load(raw) if name == "LoadCollection" else None
        return refusal.SerializeToString() if refusal else self._forward(name, raw, metadata, context)

    def _authenticate(self, header: str | None, context: grpc.ServicerContext) -> None:
        """Refuses in the words of Milvus 2.6 (internal/proxy/authentication_interceptor.go)."""
        if not header:
            context.abort(UNAUTHENTICATED, "missing authorization in header")
        token = decoded(header)
        if token is None:
            context.abort(UNAUTHENTICATED, "invalid token format")
        if ":" not in token:
            context.abort(UNAUTHENTICATED, "auth check failure, please check api key is correct")
        if not self._users.is_right(*token.split(":", 1)):
            context.abort(UNAUTHENTICATED, "auth check failure, please check username and password are correct")

    def _forward(self, name: str, raw: bytes, metadata: dict, context: grpc.ServicerContext) -> bytes:
        passed_on = [("dbname", metadata["dbname"])] if metadata.get("dbname") else []
        try:
            return self._coordinator.call(f"{SERVICE}{name}", raw, context.time_remaining(), passed_on)
        except LookupError as problem:
            context.abort(grpc.StatusCode.UNAVAILABLE, str(problem))
        except grpc.RpcError as problem:
            context.abort(problem.code(), problem.details())

    def _connect(self, _raw: bytes) -> milvus_pb2.ConnectResponse:
        info = common_pb2.ServerInfo(build_tags=TAG, git_commit="stand-in", deploy_mode=self._mode)
        return milvus_pb2.ConnectResponse(status=success(), server_info=info, identifier=1)

    def _refuse_load(self, raw: bytes) -> common_pb2.Status | None:
        """More replicas than query nodes; those within streaming nodes do not count, though the metrics list them."""
        wanted = milvus_pb2.LoadCollectionRequest.FromString(raw).replica_number
        nodes = [s for s in self._query_nodes() if not s.get("ServerLabels", {}).get(EMBEDDED)]
        if wanted <= max(1, len(nodes)):
            return None
        reason = f"resource group node not enough[rg=__default_resource_group][currentNodeNum={len(nodes)}][expectedNodeNum={wanted}]"
        return failure(NODE_NOT_ENOUGH, f"failed to load collection: {reason}")

    def _query_nodes(self) -> list[dict]:
        found = self._etcd.under(f"{sessions_root(self._config)}querynode-")
        return [json.loads(value) for value in found.values()]

    def _metrics(self, raw: bytes) -> milvus_pb2.GetMetricsResponse:
        kind = json.loads(milvus_pb2.GetMetricsRequest.FromString(raw).request or "{}").get("metric_type")
        if kind != "system_info":
            return milvus_pb2.GetMetricsResponse(status=failure(1100, f"metric_type {kind!r} is not in the stand-in"))
        nodes = [self._node(session) for session in self._query_nodes()]
        return milvus_pb2.GetMetricsResponse(
            status=success(), response=json.dumps({"nodes_info": nodes}), component_name="proxy"
        )

    def _node(self, session: dict) -> dict:
        number, system = session["ServerID"], {"deploy_mode": self._mode, "build_version": TAG}
        return {
            "identifier": number,
            "infos": {
                **{"has_error": False, "name": f"querynode{number}", "type": "querynode", "id": number},
                **{"hardware_infos": {"ip": session["Address"]}, "system_info": system},
            },
        }
