"""The core's log: a few files of bounded size, without secrets."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

from vem_core.server.folders import make_private

LOG_FILE = "core.log"
_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


class Redaction(logging.Filter):
    """Takes secrets out of every record, whatever logged them."""

    def __init__(self, *secrets: str) -> None:
        super().__init__()
        self._secrets = tuple(secret for secret in secrets if secret)

    def filter(self, record: logging.LogRecord) -> bool:
        """As in `logging.Filter`."""
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        message = record.getMessage()
        for secret in self._secrets:
            message = message.replace(secret, "[secret]")
            if record.exc_text:
                record.exc_text = record.exc_text.replace(secret, "[secret]")
        record.msg, record.args = message, ()
        return True


def log_to_files(folder: Path, *secrets: str, bytes_per_file: int = 1_000_000, files: int = 3) -> logging.Handler:
    """Send this process's log to `folder`, in files that rotate; returns the handler, for removing it."""
    handler = logging.handlers.RotatingFileHandler(
        make_private(folder) / LOG_FILE, maxBytes=bytes_per_file, backupCount=files - 1, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter(_FORMAT))
    handler.addFilter(Redaction(*secrets))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return handler


def last_lines(folder: Path, count: int) -> list[str]:
    """The newest lines of the log; none if there is no log."""
    try:
        with (folder / LOG_FILE).open("rb") as file:
            file.seek(max(0, (folder / LOG_FILE).stat().st_size - 64 * 1024))
            return file.read().decode("utf-8", "replace").splitlines()[-count:]
    except OSError:
        return []
