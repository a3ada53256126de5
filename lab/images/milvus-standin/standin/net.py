"""Where roles listen and what they call themselves (pkg/util/netutil/listener.go, pkg/util/paramtable/grpc_param.go)."""

import ipaddress
import socket
from concurrent import futures
from pathlib import Path

import grpc

from . import log
from .config import Config
from .retry import Refused

MAX_MESSAGE = 256 << 20
SIZES = [("grpc.max_receive_message_length", MAX_MESSAGE), ("grpc.max_send_message_length", MAX_MESSAGE)]
# A peer that vanished is noticed within seconds; servers must bear such pings.
PINGS = [("grpc.keepalive_time_ms", 3000), ("grpc.keepalive_timeout_ms", 3000), ("grpc.http2.max_pings_without_data", 0)]
BEAR_PINGS = [("grpc.http2.min_ping_interval_without_data_ms", 1000), ("grpc.http2.max_ping_strikes", 0)]


def advertised(config: Config, section: str, port: int) -> str:
    ip = config.get(f"{section}.ip")
    host = local_in(ip) if "/" in ip else ip or first_address()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def first_address() -> str:
    """The one that outgoing traffic would have; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return probe.getsockname()[0]


def local_in(cidr: str) -> str:
    network = ipaddress.ip_network(cidr, strict=False)
    found = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)} | {first_address()}
    for address in sorted(found):
        if ipaddress.ip_address(address) in network:
            return address
    raise Refused(f"no address of this host is in {cidr}")


def serve(handler: grpc.GenericRpcHandler, port: int, credentials=None, strict: bool = True) -> tuple[grpc.Server, int]:
    """Starts a gRPC server on every address. Not `strict`: a port that is taken is replaced by any free one, as nodes of Milvus do."""
    workers = futures.ThreadPoolExecutor(max_workers=32)
    server = grpc.server(workers, [handler], options=[*SIZES, *BEAR_PINGS, ("grpc.so_reuseport", 0)])
    try:
        bound = bind(server, port, credentials)
    except RuntimeError as problem:
        if strict:
            raise Refused(f"cannot listen on port {port}: {problem}") from problem
        bound = bind(server, 0, credentials)
        log.warn(f"port {port} is taken: {bound} in its place")
    server.start()
    return server, bound


def bind(server: grpc.Server, port: int, credentials) -> int:
    address = f"[::]:{port}"
    return server.add_secure_port(address, credentials) if credentials else server.add_insecure_port(address)


def client_side_tls(config: Config) -> grpc.ServerCredentials | None:
    """For clients of the proxy: common.security.tlsMode 1 shows a certificate, 2 asks for one as well."""
    mode = config.number("common.security.tlsMode")
    if mode == 0:
        return None
    pair = (read(config, "tls.serverKeyPath"), read(config, "tls.serverPemPath"))
    ca = read(config, "tls.caPemPath") if mode == 2 else None
    return grpc.ssl_server_credentials([pair], ca, require_client_auth=mode == 2)


def internal_tls(config: Config) -> grpc.ServerCredentials | None:
    if not config.flag("common.security.internaltlsEnabled"):
        return None
    return grpc.ssl_server_credentials([(read(config, "internaltls.serverKeyPath"), read(config, "internaltls.serverPemPath"))])


def internal_channel(config: Config, address: str) -> grpc.Channel:
    options = [*SIZES, *PINGS]
    if not config.flag("common.security.internaltlsEnabled"):
        return grpc.insecure_channel(address, options)
    # One name for all: Milvus compares every certificate with it.
    sni = [("grpc.ssl_target_name_override", config.get("internaltls.sni"))]
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(read(config, "internaltls.caPemPath")), options + sni)


def read(config: Config, key: str) -> bytes:
    return Path(config.get(key)).read_bytes()
