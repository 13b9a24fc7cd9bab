"""Hashes of plain data, by which results are found again."""

import hashlib
import json
from typing import Any


def digest(value: Any) -> str:
    """SHA-256 of plain data, independent of the order of keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=list).encode()).hexdigest()
