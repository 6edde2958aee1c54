"""The IP address of the client. Behind CloudFront, the source address of the connection is CloudFront's."""

import hmac
from typing import Final

from shared.config import SettingUnusable
from shared.http.request import IncomingRequest
from shared.secrets import Secret, secret

CLIENT_IP_HEADER: Final = "x-lectern-viewer"
EDGE_PROOF_HEADER: Final = "x-lectern-edge"


def client_ip(incoming: IncomingRequest) -> str:
    """The client's address. The header is trusted only together with the secret that our CloudFront distribution adds:
    any client can send headers, and sign-in attempts are limited per address."""
    address, proof = incoming.headers.get(CLIENT_IP_HEADER), incoming.headers.get(EDGE_PROOF_HEADER)
    if address and proof and _is_valid_proof(proof):
        return address
    return incoming.source_ip


def _is_valid_proof(proof: str) -> bool:
    try:
        key = secret(Secret.EDGE_KEY)
    except SettingUnusable:
        return False
    return hmac.compare_digest(proof.encode("utf-8", "surrogatepass"), key.encode())
