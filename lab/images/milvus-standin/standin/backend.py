"""The data of the whole cluster: one milvus-lite beside the active coordinator. What changes it is in the log before it is acknowledged."""

import shutil
import threading
from pathlib import Path

import grpc
from milvus_lite.adapter.grpc.servicer import MilvusServicer
from milvus_lite.db import MilvusLite
from pymilvus.grpc_gen.milvus_pb2_grpc import add_MilvusServiceServicer_to_server

from . import log
from .objectstore import ChangeLog

CHANGES = {
    *("CreateDatabase", "AlterDatabase", "DropDatabase", "CreateCollection", "AlterCollection", "RenameCollection"),
    *("TruncateCollection", "DropCollection", "CreateAlias", "AlterAlias", "DropAlias", "CreatePartition", "DropPartition"),
    *("CreateIndex", "DropIndex", "LoadCollection", "ReleaseCollection", "Insert", "Upsert", "Delete"),
}


class Backend:
    """`changes`: the log to begin with and to write to; without one, the folder itself is what lasts."""

    def __init__(self, folder: Path, changes: ChangeLog | None, is_active):
        if changes:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        self._db = MilvusLite(str(folder))
        self._handlers = handlers_of(MilvusServicer(self._db))
        self._changes, self._is_active = changes, is_active
        self._lock = threading.Lock()
        self._replay()

    def answer(self, name: str, request: bytes, context) -> bytes:
        handler = self._handlers.get(name)
        if handler is None or handler.unary_unary is None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{name} is not in the stand-in")
        if name not in CHANGES:
            return handler.response_serializer(handler.unary_unary(handler.request_deserializer(request), context))
        with self._lock:
            return self._change(name, handler, request, context)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _change(self, name: str, handler, request: bytes, context) -> bytes:
        if not self._is_active():
            context.abort(grpc.StatusCode.UNAVAILABLE, "this coordinator is no longer active")
        message = handler.request_deserializer(request)
        response = handler.unary_unary(message, context)
        if self._changes and succeeded(response):
            database = getattr(message, "db_name", "") or dict(context.invocation_metadata()).get("dbname", "")
            try:
                self._changes.append(name, database, getattr(message, "collection_name", ""), request)
            except Exception as problem:
                context.abort(grpc.StatusCode.UNAVAILABLE, f"the change was not logged: {problem}")
        return handler.response_serializer(response)

    def _replay(self) -> None:
        count = 0
        for name, database, request in self._changes.read() if self._changes else ():
            handler = self._handlers[name]
            response = handler.unary_unary(handler.request_deserializer(request), Replayed(database))
            count += 1
            if not succeeded(response):
                log.warn(f"change {count} ({name}) cannot be made again: {status_of(response).reason}")
        log.info(f"{count} changes recovered")


class Replayed:
    """Stands for the call of a change that is made again."""

    def __init__(self, database: str):
        self._metadata = [("dbname", database)] if database else []

    def invocation_metadata(self):
        return self._metadata

    def set_code(self, _code) -> None:
        """The answer's own status is looked at."""

    def set_details(self, _details) -> None:
        """As above."""


class Collector:
    """Takes a server's place while a service is added to it."""

    def __init__(self):
        self.handlers: dict = {}

    def add_generic_rpc_handlers(self, _handlers) -> None:
        """The same methods again, in another form."""

    def add_registered_method_handlers(self, _service: str, handlers: dict) -> None:
        self.handlers = handlers


def handlers_of(servicer: MilvusServicer) -> dict:
    collector = Collector()
    add_MilvusServiceServicer_to_server(servicer, collector)
    return collector.handlers


def status_of(response):
    return response.status if "status" in response.DESCRIPTOR.fields_by_name else response


def succeeded(response) -> bool:
    status = status_of(response)
    return status.code == 0 and status.error_code == 0
