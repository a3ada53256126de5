"""Users and their passwords, in etcd, so that every proxy knows them."""

import base64
import binascii
import hashlib
import hmac
import secrets

import grpc
from pymilvus.grpc_gen import common_pb2, milvus_pb2

from .config import Config
from .etcd import Etcd

ROOT = "root"
# Codes of Milvus 2.6 (pkg/util/merr/errors.go).
INVALID, NOT_AUTHENTICATED, UNEXPECTED = 1100, 1400, 65535


class Users:
    def __init__(self, config: Config, etcd: Etcd):
        self._config, self._etcd = config, etcd
        self._prefix = f"{config.get('etcd.rootPath')}/standin/credential/users/"
        self._known: dict[str, str] = {}

    def create_root(self) -> None:
        """With common.security.defaultRootPassword, unless it is there."""
        self._create(ROOT, self._config.get("common.security.defaultRootPassword"))

    def is_right(self, name: str, password: str) -> bool:
        record = self._record(name)
        return record is not None and hmac.compare_digest(record, hashed(password, record.split(":")[0]))

    def names(self, _request: bytes) -> milvus_pb2.ListCredUsersResponse:
        names = [key.removeprefix(self._prefix) for key in self._etcd.under(self._prefix)]
        return milvus_pb2.ListCredUsersResponse(status=success(), usernames=names)

    def create(self, raw: bytes) -> common_pb2.Status:
        request = milvus_pb2.CreateCredentialRequest.FromString(raw)
        password = decoded(request.password)
        problem = self._problem_with(password)
        if problem:
            return failure(INVALID, problem)
        if not self._create(request.username, password):
            return failure(UNEXPECTED, f"user already exists: {request.username}")
        return success()

    def update(self, raw: bytes) -> common_pb2.Status:
        request = milvus_pb2.UpdateCredentialRequest.FromString(raw)
        password = decoded(request.newPassword)
        problem = self._problem_with(password)
        if problem:
            return failure(INVALID, problem)
        if not self.is_right(request.username, decoded(request.oldPassword) or ""):
            return failure(NOT_AUTHENTICATED, f"old password not correct for {request.username}: not authenticated")
        self._etcd.put({f"{self._prefix}{request.username}": hashed(password, secrets.token_hex(8))})
        return success()

    def delete(self, raw: bytes) -> common_pb2.Status:
        name = milvus_pb2.DeleteCredentialRequest.FromString(raw).username
        if name == ROOT:
            return failure(INVALID, "user root cannot be deleted")
        self._etcd.delete(f"{self._prefix}{name}")
        return success()

    def _create(self, name: str, password: str) -> bool:
        key = f"{self._prefix}{name}"
        return self._etcd.put({key: hashed(password, secrets.token_hex(8))}, versions={key: 0})

    def _record(self, name: str) -> str | None:
        """As etcd has it now, or as it had it last while it does not answer."""
        try:
            found = self._etcd.get(f"{self._prefix}{name}")
        except grpc.RpcError:
            return self._known.get(name)
        if found is None:
            self._known.pop(name, None)
            return None
        self._known[name] = found.value.decode()
        return self._known[name]

    def _problem_with(self, password: str | None) -> str | None:
        if password is None:
            return "the password is not base64"
        least, most = self._config.number("proxy.minPasswordLength"), self._config.number("proxy.maxPasswordLength")
        if least <= len(password) <= most:
            return None
        return f"invalid password length: {len(password)} is not within {least} and {most}: invalid parameter"


def hashed(password: str, salt: str) -> str:
    return f"{salt}:{hashlib.sha256(f'{salt}{password}'.encode()).hexdigest()}"


def decoded(text: str) -> str | None:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def success() -> common_pb2.Status:
    return common_pb2.Status()


def failure(code: int, reason: str) -> common_pb2.Status:
    return common_pb2.Status(error_code=common_pb2.UnexpectedError, code=code, reason=reason, detail=reason)
