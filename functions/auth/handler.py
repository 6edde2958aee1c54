"""Routes of the auth function."""

from functions.auth import accounts, avatars, cookies, errors, service, tokens
from functions.auth.schemas import (
    AccountChangeIn,
    AccountOut,
    AccountsOut,
    AccountsQuery,
    JwksOut,
    LoginIn,
    PasswordChangeIn,
    ProfileIn,
    ProfileOut,
    RefreshIn,
    RegisterIn,
    TokensOut,
)
from functions.auth.service import SignedIn
from shared.db.entities import User
from shared.errors import IdempotencyKeyReused
from shared.gateways.cloudinary import MediaRefused, MediaUnavailable
from shared.http.answer import Answer
from shared.http.app import NO_STORE, App
from shared.http.idempotency import key_name
from shared.http.multipart import REQUEST_LIMIT, MultipartInvalid
from shared.http.paging import page_answer, start_of
from shared.http.request import Request
from shared.http.route import Access
from shared.http.viewer import source_ip
from shared.images import ImageTooManyPixels, ImageTypeUnsupported
from shared.tokens import ACCESS_SECONDS

app = App("auth", headers=NO_STORE)
lambda_handler = app

_REFRESH_REFUSALS = (errors.RefreshTokenInvalid, errors.RefreshTokenReused, errors.AccountSuspended)


def _tokens(signed_in: SignedIn) -> Answer:
    """Both tokens in the body, for clients without cookies; the refresh token in the cookie too."""
    body = TokensOut(
        user=ProfileOut.model_validate(signed_in.user),
        access_token=signed_in.access_token,
        refresh_token=signed_in.refresh_token,
        expires_in=ACCESS_SECONDS,
    )
    return Answer(body, cookies=(cookies.keeping(signed_in.refresh_token, signed_in.ends_at),))


@app.route(
    "POST",
    "/api/auth/register",
    Access.ANYONE,
    status=201,
    body=RegisterIn,
    answer=TokensOut,
    creates=True,
    refusals=(errors.EmailTaken, IdempotencyKeyReused, errors.TooManyAttempts, errors.AccountSuspended),
)
def register(request: Request[RegisterIn, None]) -> Answer:
    """Register as a student or an instructor, and be signed in."""
    return _tokens(service.register(request.body, source_ip(request.incoming), key_name(request.incoming)))


@app.route(
    "POST",
    "/api/auth/login",
    Access.ANYONE,
    body=LoginIn,
    answer=TokensOut,
    refusals=(errors.CredentialsInvalid, errors.TooManyAttempts, errors.AccountSuspended),
)
def login(request: Request[LoginIn, None]) -> Answer:
    """Sign in: an access token for 15 minutes and a refresh token."""
    return _tokens(service.login(request.body, source_ip(request.incoming)))


@app.route("GET", "/api/auth/refresh_token", Access.ANYONE, answer=TokensOut, refusals=_REFRESH_REFUSALS)
@app.route(
    "POST",
    "/api/auth/refresh_token",
    Access.ANYONE,
    body=RefreshIn,
    body_optional=True,
    answer=TokensOut,
    refusals=_REFRESH_REFUSALS,
)
def refresh_token(request: Request[RefreshIn | None, None]) -> Answer:
    """Swap the refresh token (cookie, bearer or body) for the next pair of tokens."""
    return _tokens(service.refresh(cookies.presented(request)))


@app.route("GET", "/api/auth/logout", Access.ANYONE, status=204)
@app.route("POST", "/api/auth/logout", Access.ANYONE, status=204, body=RefreshIn, body_optional=True)
def logout(request: Request[RefreshIn | None, None]) -> Answer:
    """Sign out: end the session of the refresh token and clear the cookie."""
    service.logout(cookies.presented(request))
    return Answer(cookies=(cookies.forgetting(),))


@app.route("GET", "/api/auth/me", Access.SIGNED_IN, answer=ProfileOut)
def read_profile(request: Request[None, None]) -> ProfileOut:
    """The own profile."""
    return ProfileOut.model_validate(accounts.own(request.caller))


@app.route("PATCH", "/api/auth/me", Access.SIGNED_IN, body=ProfileIn, answer=ProfileOut)
def edit_profile(request: Request[ProfileIn, None]) -> ProfileOut:
    """Edit name, headline, bio and state (for receipts); what is left out stays."""
    return ProfileOut.model_validate(accounts.edit(request.caller, request.body))


@app.route(
    "POST",
    "/api/auth/me/password",
    Access.SIGNED_IN,
    status=204,
    body=PasswordChangeIn,
    refusals=(errors.CurrentPasswordWrong, errors.TooManyAttempts),
)
def change_password(request: Request[PasswordChangeIn, None]) -> Answer:
    """Change the password; every other session ends."""
    accounts.change_password(request.caller, request.body)
    return Answer()


@app.route(
    "PUT",
    "/api/auth/me/avatar",
    Access.SIGNED_IN,
    takes="multipart/form-data",
    body_limit=REQUEST_LIMIT,
    answer=ProfileOut,
    refusals=(MultipartInvalid, ImageTypeUnsupported, ImageTooManyPixels, MediaRefused, MediaUnavailable),
)
def put_avatar(request: Request[bytes, None]) -> ProfileOut:
    """Upload the own picture: a JPEG, PNG or WebP of at most 5 MB in the field `file`."""
    return ProfileOut.model_validate(avatars.put(request.caller, request.header("content-type"), request.body))


@app.route("DELETE", "/api/auth/me/avatar", Access.SIGNED_IN, status=204)
def delete_avatar(request: Request[None, None]) -> Answer:
    """Remove the own picture."""
    avatars.remove(request.caller)
    return Answer()


@app.route("GET", "/.well-known/jwks.json", Access.ANYONE, answer=JwksOut)
def read_public_keys(request: Request[None, None]) -> Answer:  # noqa: ARG001 (an endpoint's)
    """The public keys that access tokens are verified with."""
    return Answer(tokens.public_keys(), headers={"Cache-Control": "public, max-age=300"})


def _user(request: Request[None, None]) -> User:
    return accounts.find(request.path["user_id"])


@app.route("GET", "/api/users", Access.ADMIN, query=AccountsQuery, answer=AccountsOut)
def list_users(request: Request[None, AccountsQuery]) -> Answer:
    """Users of a role (students unless asked otherwise), oldest first."""
    page = accounts.list_users(request.query.role, request.query.limit, start_of(request))
    items = [AccountOut.model_validate(user) for user in page.of(User)]
    return page_answer(request, items, page.next_key, AccountsOut)


@app.route("GET", "/api/users/{user_id}", Access.ADMIN, answer=AccountOut, guard=_user, refusals=(errors.UserNotFound,))
def read_user(request: Request[None, None]) -> AccountOut:
    """One user."""
    return AccountOut.model_validate(request.guarded)


@app.route(
    "PATCH",
    "/api/users/{user_id}",
    Access.ADMIN,
    body=AccountChangeIn,
    answer=AccountOut,
    guard=_user,
    refusals=(errors.UserNotFound, errors.OwnAccount, errors.UserChanged),
)
def change_user(request: Request[AccountChangeIn, None]) -> AccountOut:
    """Suspend, reinstate or give another role, with a reason; old access tokens stop working within a minute."""
    return AccountOut.model_validate(accounts.change_standing(request.caller, request.guarded, request.body))
