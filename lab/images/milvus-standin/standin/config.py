"""Settings by dotted key, from the files and the environment that Milvus 2.6 reads (pkg/config/env_source.go, base_table.go)."""

import os
import re
from pathlib import Path

import yaml

# Each file is laid over those before it.
FILES = ["milvus.yaml", "_test.yaml", "default.yaml", "user.yaml"]
PREFIX = "milvus_conf_"


class Config:
    def __init__(self, files: dict[str, str], environment: dict[str, str]):
        self._values = {**files, **environment}

    @staticmethod
    def load() -> "Config":
        folder = Path(os.environ.get("MILVUSCONF", "configs"))
        files: dict[str, str] = {}
        for path in (folder / name for name in FILES):
            if path.exists():
                files |= flatten(yaml.safe_load(path.read_text()) or {})
        return Config(files, from_environment(os.environ))

    def get(self, key: str) -> str:
        """Empty where nobody has set it."""
        return self._values.get(plain(key), "")

    def flag(self, key: str) -> bool:
        return self.get(key).lower() == "true"

    def number(self, key: str) -> int:
        return int(self.get(key))


def plain(key: str) -> str:
    """Keys and variables meet in this form: ETCD_ROOTPATH is etcd.rootPath."""
    return re.sub(r"[._/]", "", key.lower())


def flatten(tree: dict, prefix: str = "") -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            values |= flatten(value, f"{prefix}{name}.")
        else:
            values[plain(f"{prefix}{name}")] = text(value)
    return values


def text(value) -> str:
    if isinstance(value, list):
        return ",".join(text(item) for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def from_environment(variables) -> dict[str, str]:
    named = {plain(name): value for name, value in variables.items()}
    prefixed = {
        plain(name[len(PREFIX) :]): value for name, value in variables.items() if name.lower().startswith(PREFIX)
    }
    return named | prefixed
