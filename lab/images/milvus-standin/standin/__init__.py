"""A stand-in for Milvus 2.6 in the lab: what its roles show to the outside, around milvus-lite."""

from pathlib import Path

VERSION = Path(__file__).with_name("version.txt").read_text().strip()
