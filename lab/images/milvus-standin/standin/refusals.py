"""Settings that Milvus 2.6 refuses at start."""

import os

from .config import Config
from .retry import Refused

QUEUES = ["default", "pulsar", "kafka", "rocksmq", "woodpecker"]


def check(config: Config, standalone: bool, has_proxy: bool) -> None:
    """Raises Refused for the first setting that Milvus would not start with."""
    queue(config, standalone)
    etcd(config)
    if config.flag("minio.useIAM"):
        raise Refused("minio.useIAM is true: the stand-in has no cloud whose roles it could use")
    if config.flag("common.security.internaltlsEnabled"):
        readable(config, "internaltls", ["serverPemPath", "serverKeyPath", "caPemPath"])
    if has_proxy:
        client_tls(config)


def resolved_queue(config: Config, standalone: bool) -> str:
    """What `default` stands for (internal/util/streamingutil/util/wal_selector.go)."""
    kind = config.get("mq.type")
    if kind != "default":
        return kind
    if standalone:
        return "rocksmq"
    return next((name for name, key in (("pulsar", "pulsar.address"), ("kafka", "kafka.brokerList")) if config.get(key)), "woodpecker")


def queue(config: Config, standalone: bool) -> None:
    kind = config.get("mq.type")
    if kind not in QUEUES:
        raise Refused(f"mq.type {kind!r} is not one of {', '.join(QUEUES)}")
    if kind == "rocksmq" and not standalone:
        raise Refused("mq.type rocksmq is only valid in standalone mode")
    if resolved_queue(config, standalone) != "woodpecker":
        return
    storage = config.get("woodpecker.storage.type")
    if storage not in ("minio", "local"):
        raise Refused(f"woodpecker.storage.type {storage!r} is neither minio nor local")
    # Since v2.6.19; earlier ones lose the log with its host instead, so the stand-in is strict in every patch.
    if storage == "local" and not standalone and not config.flag("woodpecker.storage.forceLocalStorage"):
        raise Refused("woodpecker.storage.type local in cluster mode needs woodpecker.storage.forceLocalStorage")


def etcd(config: Config) -> None:
    if config.flag("etcd.use.embed"):
        raise Refused("etcd.use.embed is true: the stand-in has no etcd of its own")
    if config.flag("etcd.ssl.enabled"):
        readable(config, "etcd.ssl", ["tlsCert", "tlsKey", "tlsCACert"])


def client_tls(config: Config) -> None:
    mode = config.get("common.security.tlsMode")
    if mode not in ("0", "1", "2"):
        raise Refused(f"common.security.tlsMode {mode!r} is not 0, 1 or 2")
    if mode == "0":
        return
    if config.get("proxy.http.enabled").lower() != "false" and config.get("proxy.http.port") in ("", config.get("proxy.port")):
        raise Refused("proxy server(http) and external grpc server share the same port, tls mode must be 0")
    readable(config, "tls", ["serverPemPath", "serverKeyPath"] + (["caPemPath"] if mode == "2" else []))


def readable(config: Config, section: str, keys: list[str]) -> None:
    for key in (f"{section}.{name}" for name in keys):
        if not os.access(config.get(key), os.R_OK):
            raise Refused(f"{key}: cannot read {config.get(key)!r}")
