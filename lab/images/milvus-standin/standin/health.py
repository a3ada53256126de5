"""The HTTP port of every process (internal/http/router.go, healthz/)."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

from . import VERSION, log
from .management import PREFIX

WELL = ("Healthy", "StandBy")


def serve(roles: list) -> None:
    """On METRICS_PORT, or 9091. A port that is taken leaves the process without it, as with Milvus."""
    port = int(os.environ.get("METRICS_PORT", "9091"))
    handler = type("RoleHandler", (Handler,), {"roles": roles})
    try:
        server = ThreadingHTTPServer(("", port), handler)
    except OSError as problem:
        log.error(f"cannot serve health on port {port}: {problem}")
        return
    threading.Thread(target=server.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    roles: list = []

    def do_GET(self) -> None:
        url = urlparse(self.path)
        role = parse_qs(url.query).get("role", [""])[0]
        if url.path.startswith(PREFIX):
            return self._manage(url.path.removeprefix(PREFIX), parse_qs(url.query))
        answers = {
            "/healthz": self._healthz,
            "/livez": lambda: self._send(200, "OK"),
            "/metrics": self._metrics,
            "/metrics_default": self._metrics,
            "/management/stop": lambda: self._stop(role),
            "/management/check/ready": lambda: self._ready(role),
        }
        answers.get(url.path, lambda: self._send(404, "404 page not found"))()

    def do_POST(self) -> None:
        path = urlparse(self.path).path
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        if not path.startswith(PREFIX):
            return self._send(404, "404 page not found")
        self._manage(path.removeprefix(PREFIX), parse_qs(body))

    def log_message(self, *_args) -> None:
        """Health checks come every few seconds: they are no events."""

    def _healthz(self) -> None:
        registered = [role for role in self.roles if role.state != "Stopped"]
        well = sum(role.state in WELL for role in registered)
        problem = f"Not all components are healthy, {well}/{len(registered)}" if well < len(registered) else None
        text = problem or "OK"
        if self.headers.get("Content-Type") == "application/json":
            text = json.dumps({"state": text, "detail": [{"name": r.name, "code": r.state} for r in registered]})
        self._send(500 if problem else 200, text)

    def _metrics(self) -> None:
        lines = [f'milvus_build_info{{version="v{VERSION}",git_commit="stand-in"}} 1']
        lines += [f'milvus_num_node{{node_id="{r.server_id}",role_name="{r.name}"}} 1' for r in self.roles if r.state in WELL]
        self._send(200, "\n".join(lines) + "\n")

    def _manage(self, path: str, form: dict[str, list[str]]) -> None:
        proxy = self._find("proxy")
        if proxy is None:
            return self._send(404, "404 page not found")
        self._send(*proxy.management.answer(path, {name: values[0] for name, values in form.items()}))

    def _stop(self, name: str) -> None:
        role = self._find(name)
        if role is None:
            return self._message(500, f"failed to stop component, stop component [{name}] is not supported")
        role.stop()
        self._message(200, "OK")

    def _ready(self, name: str) -> None:
        role = self._find(name)
        if role is None:
            return self._message(500, f"failed to check component ready, component [{name}] is not in this process")
        if role.state != "Healthy":
            return self._message(500, f"component [{name}] is not ready: {role.state}")
        self._message(200, "OK")

    def _find(self, name: str):
        return next((role for role in self.roles if role.name == name), None)

    def _message(self, code: int, text: str) -> None:
        self._send(code, json.dumps({"msg": text}))

    def _send(self, code: int, text: str) -> None:
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
