"""From where a request really came: behind CloudFront the other end of the connection is CloudFront."""

import hmac
from typing import Final

from shared.config import SettingUnusable
from shared.http.request import IncomingRequest
from shared.secrets import Secret, secret

CLIENT_IP_HEADER: Final = "x-lectern-viewer"
EDGE_PROOF_HEADER: Final = "x-lectern-edge"


def client_ip(incoming: IncomingRequest) -> str:
    """The caller's address. What CloudFront says of it is believed only with the proof that it is ours: anybody can
    send headers, and limits on guessing are counted by address."""
    told, proof = incoming.headers.get(CLIENT_IP_HEADER), incoming.headers.get(EDGE_PROOF_HEADER)
    if told and proof and _is_valid_proof(proof):
        return told
    return incoming.source_ip


def _is_valid_proof(proof: str) -> bool:
    try:
        key = secret(Secret.EDGE_KEY)
    except SettingUnusable:
        return False
    return hmac.compare_digest(proof.encode("utf-8", "surrogatepass"), key.encode())
