"""What the stand-in asks of etcd, over gRPC as Milvus does. Members are tried in turn, the last one that answered first."""

import threading
from pathlib import Path

import grpc

from . import etcd_pb2 as pb
from .config import Config

# A member that vanished costs no more than this before the next one is asked.
CALL_SECONDS = 2
AWAY = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.INTERNAL)


class Etcd:
    def __init__(self, config: Config):
        self._config = config
        credentials = tls(config)
        self._channels = [channel(e.strip(), credentials) for e in config.get("etcd.endpoints").split(",")]
        self._lock = threading.Lock()
        self._token: str | None = None

    def get(self, key: str) -> pb.KeyValue | None:
        found = self._call("KV/Range", pb.RangeRequest(key=key.encode()), pb.RangeResponse).kvs
        return found[0] if found else None

    def under(self, prefix: str) -> dict[str, str]:
        start = prefix.encode()
        request = pb.RangeRequest(key=start, range_end=start[:-1] + bytes([start[-1] + 1]))
        return {kv.key.decode(): kv.value.decode() for kv in self._call("KV/Range", request, pb.RangeResponse).kvs}

    def put(self, values: dict[str, str], lease: int = 0, versions: dict[str, int] | None = None) -> bool:
        """Writes all or nothing. `versions`: how often each of these keys must have been written, 0 for a key that must not exist."""
        request = pb.TxnRequest()
        for key, version in (versions or {}).items():
            request.compare.add(target=pb.Compare.VERSION, key=key.encode(), version=version)
        for key, value in values.items():
            put = pb.PutRequest(key=key.encode(), value=value.encode(), lease=lease)
            request.success.add(request_put=put)
        return self._call("KV/Txn", request, pb.TxnResponse).succeeded

    def delete(self, key: str) -> bool:
        request = pb.DeleteRangeRequest(key=key.encode())
        return self._call("KV/DeleteRange", request, pb.DeleteRangeResponse).deleted > 0

    def grant(self, seconds: int) -> int:
        return self._call("Lease/LeaseGrant", pb.LeaseGrantRequest(TTL=seconds), pb.LeaseGrantResponse).ID

    def revoke(self, lease: int) -> None:
        self._call("Lease/LeaseRevoke", pb.LeaseRevokeRequest(ID=lease), pb.LeaseRevokeResponse)

    def keep_alive(self, lease: int) -> int:
        """Seconds that the lease has left: 0 where it has ended."""
        request = pb.LeaseKeepAliveRequest(ID=lease)
        return self._call("Lease/LeaseKeepAlive", request, pb.LeaseKeepAliveResponse, stream=True).TTL

    def _call(self, method: str, request, response_type, stream: bool = False):
        for attempt in range(len(self._channels) + 1):
            member = self._channels[0]
            try:
                return send(member, method, request, response_type, self._metadata(), stream)
            except grpc.RpcError as problem:
                last = attempt == len(self._channels)
                if last or not self._recover(problem, member):
                    raise
        raise AssertionError("unreachable")

    def _recover(self, problem: grpc.RpcError, member: grpc.Channel) -> bool:
        """Whether another try may help: at another member, or with a new token."""
        if problem.code() in AWAY:
            with self._lock:
                if self._channels[0] is member:
                    self._channels.append(self._channels.pop(0))
            return True
        if self._token is not None and "auth token" in problem.details():
            self._token = None
            return True
        return False

    def _metadata(self) -> list[tuple[str, str]]:
        if not self._config.flag("etcd.auth.enabled"):
            return []
        if self._token is None:
            request = pb.AuthenticateRequest(
                name=self._config.get("etcd.auth.userName"), password=self._config.get("etcd.auth.password")
            )
            self._token = send(self._channels[0], "Auth/Authenticate", request, pb.AuthenticateResponse, []).token
        return [("token", self._token)]


def send(member: grpc.Channel, method: str, request, response_type, metadata, stream: bool = False):
    path = f"/etcdserverpb.{method}"
    options = {"timeout": CALL_SECONDS, "metadata": metadata}
    codec = (type(request).SerializeToString, response_type.FromString)
    if not stream:
        return member.unary_unary(path, *codec)(request, **options)
    answers = member.stream_stream(path, *codec)(iter([request]), **options)
    return next(answers)


def channel(endpoint: str, credentials) -> grpc.Channel:
    address = endpoint.split("://")[-1]
    return grpc.secure_channel(address, credentials) if credentials else grpc.insecure_channel(address)


def tls(config: Config):
    if not config.flag("etcd.ssl.enabled"):
        return None
    ca, key, cert = (Path(config.get(f"etcd.ssl.{name}")).read_bytes() for name in ("tlsCACert", "tlsKey", "tlsCert"))
    return grpc.ssl_channel_credentials(ca, key, cert)
