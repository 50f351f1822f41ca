"""What of the settings nobody else may see."""

import os
import re
from typing import Any
from urllib.parse import unquote

HIDDEN = "(hidden)"
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")  # of the name of a key: api_key, api-key and apiKey have the same ones
SECRET = re.compile(
    r"(?i)\b(token|secrets?|passw(or)?d|passphrase|pwd?|credentials?|auth(orization)?|sig(nature)?|cookies?|jwt|dsn|webhook"
    r"|(api|access|private|secret) ?key|connection ?string)\b|\bpass$|(?<!num |max )\btokens$|\w key( id)?$"
)
IN_TEXT = re.compile(r"(?<![^\s;,#])([\w-]+)=[^\s;&]+")  # as in what logs in to databases and storages, and behind a #
BASIC = re.compile(r"(?i)(?<=\bauthorization: basic )\S+")
KNOWN = re.compile(r"\bhf_[A-Za-z0-9]{16,}|(?<=hooks\.slack\.com/services/)\S+")  # of the hub, and of Slack
# In an address; a password may hold an @, or a slash, where what follows the colon is no port.
LOGIN = re.compile(r"(?<=//)(?:[^/\s]+|[^/\s:@]+:(?!\d+/)[^/\s?#][^\s?#]*)(?=@)")
IN_QUERY = re.compile(r"(?<=[?&])([^=&#\s]+)=[^&#\s]+")  # of an address
REFERENCE = re.compile(r"\$\{[^{},]*\}")  # to where a secret is, as ${oc.env:TOKEN}
BEARER = re.compile(r"(?i)(?<=\bbearer )\s*\S+")  # in the header of a request


def hide(values: Any) -> Any:
    """The same settings, in which `(hidden)` stands for passwords, keys, and what logs in within an address."""
    if isinstance(values, dict):
        return {key: HIDDEN if _is_secret(key, value) else hide(value) for key, value in values.items()}
    if isinstance(values, list):
        return [hide(value) for value in values]
    return _without_logins(values) if isinstance(values, str) else values


def _is_secret(key: Any, value: Any) -> bool:
    if value is None or isinstance(value, bool) or REFERENCE.fullmatch(str(value)):
        return False
    return bool(SECRET.search(" ".join(WORD.findall(str(key)))))


def _without_logins(text: str) -> str:
    for pattern in (LOGIN, BEARER, BASIC, KNOWN):
        text = pattern.sub(HIDDEN, text)
    for pattern in (IN_QUERY, IN_TEXT):
        text = pattern.sub(lambda found: f"{found[1]}={HIDDEN}" if _is_secret(found[1], found[0]) else found[0], text)
    return text


def without_hidden(values: dict[str, Any]) -> dict[str, Any]:
    """Settings without those that `hide` has changed, which have to come from elsewhere."""
    kept = {key: without_hidden(value) if isinstance(value, dict) else value for key, value in values.items()}
    return {key: value for key, value in kept.items() if HIDDEN not in str(value)}


def logged_in(address: str) -> str:
    """An address for MLflow, which prints it, without name and password: they go to the environment of this process."""
    login = LOGIN.search(address) if address.startswith("http") else None  # those of a database have no other way
    name, has_password, password = login[0].partition(":") if login else ("", "", "")
    if not login or not has_password:
        return address
    os.environ |= {"MLFLOW_TRACKING_USERNAME": unquote(name), "MLFLOW_TRACKING_PASSWORD": unquote(password)}
    return address[: login.start()] + address[login.end() + 1 :]
