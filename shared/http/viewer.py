"""From where a request really came: behind CloudFront the other end of the connection is CloudFront."""

import hmac
from typing import Final

from shared.config import SettingUnusable
from shared.http.request import Incoming
from shared.secrets import Secret, secret

ADDRESS: Final = "x-lectern-viewer"
PROOF: Final = "x-lectern-edge"


def source_ip(incoming: Incoming) -> str:
    """The caller's address. What CloudFront says of it is believed only with the proof that it is ours: anybody can
    send headers, and limits on guessing are counted by address."""
    told, proof = incoming.headers.get(ADDRESS), incoming.headers.get(PROOF)
    if told and proof and _is_ours(proof):
        return told
    return incoming.source_ip


def _is_ours(proof: str) -> bool:
    try:
        key = secret(Secret.EDGE_KEY)
    except SettingUnusable:
        return False
    return hmac.compare_digest(proof.encode("utf-8", "surrogatepass"), key.encode())
