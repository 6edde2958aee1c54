"""Authentication and the role check of a request, before any other part of it is read."""

from shared.db.auth import revocations
from shared.errors import Forbidden, Unauthenticated
from shared.http.request import IncomingRequest
from shared.http.route import Access
from shared.tokens import Caller, verify_access_token


def authorize(incoming: IncomingRequest, access: Access) -> Caller | None:
    """The caller, if its role may call the route; None for a public route, or an optional one without a token.

    Raises Unauthenticated, Forbidden, StoreUnavailable."""
    if access is Access.ANYONE:
        return None
    header = incoming.headers.get("authorization")
    if header is None and access is Access.OPTIONAL:
        return None
    caller = _authenticate(header or "")
    if isinstance(access.value, frozenset) and caller.role not in access.value:
        raise Forbidden
    return caller


def _authenticate(header: str) -> Caller:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    caller = verify_access_token(token.strip())
    if revocations.is_revoked(caller.user_id, caller.issued_at):
        raise Unauthenticated("this session has ended: sign in again")
    return caller
