"""Raw gRPC methods: bytes in, bytes out."""

from typing import Callable

import grpc

HEALTH = "/grpc.health.v1.Health/Check"
# HealthCheckResponse with status SERVING or NOT_SERVING.
SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"
SERVICE = "/milvus.proto.milvus.MilvusService/"

Answer = Callable[[str, bytes, grpc.ServicerContext], bytes]


class Methods(grpc.GenericRpcHandler):
    """gRPC's health check, and Milvus' service where a role has it."""

    def __init__(self, is_ready: Callable[[], bool], answer: Answer | None = None):
        self._is_ready, self._answer = is_ready, answer

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        if call.method == HEALTH:
            return grpc.unary_unary_rpc_method_handler(lambda _request, _context: SERVING if self._is_ready() else NOT_SERVING)
        if self._answer is None or not call.method.startswith(SERVICE):
            return None
        name, answer = call.method.removeprefix(SERVICE), self._answer
        return grpc.unary_unary_rpc_method_handler(lambda request, context: answer(name, request, context))
