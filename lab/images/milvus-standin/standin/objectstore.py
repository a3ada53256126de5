"""The object store: whether it can be used, and the log of all changes that the active coordinator keeps there."""

import io
import os

import urllib3
from minio import Minio

from . import log
from .config import Config
from .retry import Refused, retry

# CheckBucketRetryAttempts of Milvus (internal/storage/types.go, pkg/objectstorage).
ATTEMPTS = 20
SYSTEM_TRUST = "/etc/ssl/certs/ca-certificates.crt"


class ObjectStore:
    def __init__(self, config: Config):
        address = config.get("minio.address")
        self.endpoint = address if ":" in address else f"{address}:{config.get('minio.port')}"
        self.bucket = config.get("minio.bucketName")
        self.prefix = f"{config.get('minio.rootPath')}/standin/"
        self.client = Minio(
            endpoint=self.endpoint,
            access_key=config.get("minio.accessKeyID"),
            secret_key=config.get("minio.secretAccessKey"),
            secure=config.flag("minio.useSSL"),
            region=config.get("minio.region") or "us-east-1",
            http_client=pool(config),
        )
        if config.flag("minio.useVirtualHost"):
            self.client.enable_virtual_style_endpoint()

    def check(self) -> None:
        """Raises Refused where the bucket cannot be used: unreachable, wrong credentials, missing and not to be made."""
        retry(f"checking bucket {self.bucket} of {self.endpoint}", ATTEMPTS, self._check_once)

    def _check_once(self) -> None:
        if not self.client.bucket_exists(bucket_name=self.bucket):
            log.info(f"blob bucket {self.bucket} not exist, create bucket")
            self.client.make_bucket(bucket_name=self.bucket)


class ChangeLog:
    """One object a change, in the order in which they were made: what Woodpecker and the segments are to Milvus."""

    def __init__(self, store: ObjectStore):
        self._store = store
        self._keys = sorted(o.object_name for o in store.client.list_objects(bucket_name=store.bucket, prefix=store.prefix))
        self._next = self._number(self._keys[-1]) + 1 if self._keys else 0

    def read(self):
        """Every change as (method, database, request)."""
        for key in list(self._keys):
            response = self._store.client.get_object(bucket_name=self._store.bucket, object_name=key)
            try:
                method, database, request = response.read().split(b"\0", 2)
            finally:
                response.close()
                response.release_conn()
            yield method.decode(), database.decode(), request

    def append(self, method: str, database: str, collection: str, request: bytes) -> None:
        key = f"{self._store.prefix}{self._next:012d}-{method}-{database}.{collection}"
        value = b"\0".join([method.encode(), database.encode(), request])
        self._store.client.put_object(bucket_name=self._store.bucket, object_name=key, data=io.BytesIO(value), length=len(value))
        self._next += 1
        self._keys.append(key)
        if method == "DropCollection":
            self._forget(f"-{database}.{collection}")

    def _forget(self, collection: str) -> None:
        """What a dropped collection has left, so that a failover does not do it all again; after a rename, names say too little."""
        if any("-RenameCollection-" in key for key in self._keys):
            return
        gone = [key for key in self._keys[:-1] if key.endswith(collection)]
        for key in gone:
            self._store.client.remove_object(bucket_name=self._store.bucket, object_name=key)
        self._keys = [key for key in self._keys if key not in gone]

    def _number(self, key: str) -> int:
        return int(key.removeprefix(self._store.prefix).split("-")[0])


def pool(config: Config) -> urllib3.PoolManager:
    # Milvus exports it as SSL_CERT_FILE; the placeholder of the shipped file names nothing.
    own = config.get("minio.ssl.tlsCACert")
    return urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=3, read=10),
        retries=False,
        maxsize=8,
        cert_reqs="CERT_REQUIRED",
        ca_certs=own if own and os.path.exists(own) else SYSTEM_TRUST,
    )
