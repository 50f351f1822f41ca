"""What of the settings nobody else may see."""

import re
from typing import Any

HIDDEN = "(hidden)"
SECRET = re.compile(r"(?i)token|secret|passw|api_?key|credential")  # in the name of a key
LOGIN = re.compile(r"//[^/@\s]+@")  # in an address


def hide(values: Any) -> Any:
    """The same settings, in which `(hidden)` stands for passwords, keys, and what logs in within an address."""
    if isinstance(values, dict):
        return {key: HIDDEN if value is not None and SECRET.search(key) else hide(value) for key, value in values.items()}
    if isinstance(values, list):
        return [hide(value) for value in values]
    return LOGIN.sub(f"//{HIDDEN}@", values) if isinstance(values, str) else values


def without_hidden(values: dict[str, Any]) -> dict[str, Any]:
    """Settings without those that `hide` has changed, which have to come from elsewhere."""
    kept = {key: without_hidden(value) if isinstance(value, dict) else value for key, value in values.items()}
    return {key: value for key, value in kept.items() if HIDDEN not in str(value)}
