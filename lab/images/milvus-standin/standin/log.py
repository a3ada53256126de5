"""One line an event, in the shape of Milvus' own log."""

import sys
from datetime import datetime


def say(level: str, text: str) -> None:
    now = datetime.now().astimezone().strftime("%Y/%m/%d %H:%M:%S.%f")[:-3]
    print(f'[{now}] [{level}] ["{text}"]', file=sys.stdout, flush=True)


def info(text: str) -> None:
    say("INFO", text)


def warn(text: str) -> None:
    say("WARN", text)


def error(text: str) -> None:
    say("ERROR", text)
