"""Routes of the auth function."""

from functions.auth import admin_users, avatars, cookies, errors, profile, service, tokens
from functions.auth.schemas import (
    JwksOut,
    LoginIn,
    MyProfileOut,
    PasswordChangeIn,
    ProfileIn,
    ProfileOut,
    RefreshTokenIn,
    RegisterIn,
    TokensOut,
    UserOut,
    UserPage,
    UsersQuery,
    UserUpdateIn,
)
from functions.auth.service import SignInResult
from shared.config import settings
from shared.db.entities import User
from shared.domain.images import ImageTooManyPixels, ImageTypeUnsupported
from shared.errors import IdempotencyKeyReused, UserNotFound
from shared.gateways.cloudinary import MediaRejected, MediaUnavailable
from shared.http.app import NO_STORE, App
from shared.http.client_ip import client_ip
from shared.http.idempotency import key_digest
from shared.http.multipart import REQUEST_LIMIT, MultipartInvalid
from shared.http.pagination import page_response, start_key
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access
from shared.tokens import ACCESS_SECONDS

app = App("auth", headers=NO_STORE)
lambda_handler = app

_REFRESH_ERRORS = (errors.RefreshTokenInvalid, errors.RefreshTokenReused, errors.AccountSuspended)


def _tokens_response(signed_in: SignInResult) -> Response:
    """The response with both tokens in the body, for clients without cookies. The cookie contains the refresh token."""
    body = TokensOut(
        user=ProfileOut.model_validate(signed_in.user),
        access_token=signed_in.access_token,
        refresh_token=signed_in.refresh_token,
        expires_in=ACCESS_SECONDS,
    )
    return Response(body, cookies=(cookies.set_cookie_header(signed_in.refresh_token, signed_in.ends_at),))


@app.route(
    "POST",
    "/api/auth/register",
    Access.ANYONE,
    status=201,
    body=RegisterIn,
    response=TokensOut,
    creates=True,
    errors=(errors.EmailTaken, IdempotencyKeyReused, errors.TooManyAttempts, errors.AccountSuspended),
)
def register_user(request: Request[RegisterIn, None]) -> Response:
    """Register as a student or an instructor, and sign in."""
    return _tokens_response(service.register(request.body, client_ip(request.incoming), key_digest(request.incoming)))


@app.route(
    "POST",
    "/api/auth/login",
    Access.ANYONE,
    body=LoginIn,
    response=TokensOut,
    errors=(errors.CredentialsInvalid, errors.TooManyAttempts, errors.AccountSuspended),
)
def login_user(request: Request[LoginIn, None]) -> Response:
    """Sign in: an access token for 15 minutes and a refresh token."""
    return _tokens_response(service.login(request.body, client_ip(request.incoming)))


@app.route(
    "POST",
    "/api/auth/refresh_token",
    Access.ANYONE,
    body=RefreshTokenIn,
    body_optional=True,
    response=TokensOut,
    errors=_REFRESH_ERRORS,
)
def refresh_tokens(request: Request[RefreshTokenIn | None, None]) -> Response:
    """Exchange the refresh token (cookie, bearer or body) for the next pair of tokens."""
    return _tokens_response(service.refresh(cookies.refresh_token_of(request)))


@app.route("GET", "/api/auth/refresh_token", Access.ANYONE, response=TokensOut, errors=_REFRESH_ERRORS)
def refresh_tokens_by_get(request: Request[None, None]) -> Response:
    """Like POST, with the refresh token in the cookie or as bearer token."""
    return _tokens_response(service.refresh(cookies.refresh_token_of(request)))


@app.route("POST", "/api/auth/logout", Access.ANYONE, status=204, body=RefreshTokenIn, body_optional=True)
def logout_user(request: Request[RefreshTokenIn | None, None]) -> Response:
    """Sign out: end the session of the refresh token and clear the cookie."""
    service.logout(cookies.refresh_token_of(request))
    return Response(cookies=(cookies.clear_cookie_header(),))


@app.route("GET", "/api/auth/logout", Access.ANYONE, status=204)
def logout_user_by_get(request: Request[None, None]) -> Response:
    """Like POST, with the refresh token in the cookie or as bearer token."""
    service.logout(cookies.refresh_token_of(request))
    return Response(cookies=(cookies.clear_cookie_header(),))


@app.route("GET", "/api/auth/me", Access.SIGNED_IN, response=MyProfileOut)
def get_my_profile(request: Request[None, None]) -> MyProfileOut:
    """Your profile, and whether the seller needs your State."""
    return _my_profile(profile.get_profile(request.caller))


@app.route("PATCH", "/api/auth/me", Access.SIGNED_IN, body=ProfileIn, response=MyProfileOut)
def update_my_profile(request: Request[ProfileIn, None]) -> MyProfileOut:
    """Edit your name, headline, bio, state and firm (for receipts). Omitted fields keep their values."""
    return _my_profile(profile.update_profile(request.caller, request.body))


def _my_profile(user: User) -> MyProfileOut:
    own = MyProfileOut.model_validate(user)
    return own.model_copy(update={"state_required": settings().seller_gstin is not None})


@app.route(
    "POST",
    "/api/auth/me/password",
    Access.SIGNED_IN,
    status=204,
    body=PasswordChangeIn,
    errors=(errors.CurrentPasswordWrong, errors.TooManyAttempts),
)
def change_my_password(request: Request[PasswordChangeIn, None]) -> Response:
    """Change your password and end your other sessions."""
    profile.change_password(request.caller, request.body)
    return Response()


@app.route(
    "PUT",
    "/api/auth/me/avatar",
    Access.SIGNED_IN,
    media_type="multipart/form-data",
    body_limit=REQUEST_LIMIT,
    response=ProfileOut,
    errors=(MultipartInvalid, ImageTypeUnsupported, ImageTooManyPixels, MediaRejected, MediaUnavailable),
)
def update_my_avatar(request: Request[bytes, None]) -> ProfileOut:
    """Upload your picture: a JPEG, PNG or WebP of at most 5 MB in the field `file`."""
    return ProfileOut.model_validate(
        avatars.replace_avatar(request.caller, request.header("content-type"), request.body)
    )


@app.route("DELETE", "/api/auth/me/avatar", Access.SIGNED_IN, status=204)
def delete_my_avatar(request: Request[None, None]) -> Response:
    """Remove your picture."""
    avatars.delete_avatar(request.caller)
    return Response()


@app.route("GET", "/.well-known/jwks.json", Access.ANYONE, response=JwksOut)
def get_public_keys(request: Request[None, None]) -> Response:  # noqa: ARG001 (the signature of an endpoint)
    """The public keys that verify access tokens."""
    return Response(tokens.public_keys(), headers={"Cache-Control": "public, max-age=300"})


def _require_user(request: Request[None, None]) -> User:
    return admin_users.get_user(request.path["user_id"])


@app.route("GET", "/api/users", Access.ADMIN, query=UsersQuery, response=UserPage)
def list_users(request: Request[None, UsersQuery]) -> Response:
    """Users with a role (`student` by default), oldest first."""
    page = admin_users.list_users(request.query.role, request.query.limit, start_key(request))
    items = [UserOut.model_validate(user) for user in page.items_of(User)]
    return page_response(request, items, page.next_key, UserPage)


@app.route("GET", "/api/users/{user_id}", Access.ADMIN, response=UserOut, guard=_require_user, errors=(UserNotFound,))
def get_user(request: Request[None, None]) -> UserOut:
    """One user."""
    return UserOut.model_validate(request.guard_result)


@app.route(
    "PATCH",
    "/api/users/{user_id}",
    Access.ADMIN,
    body=UserUpdateIn,
    response=UserOut,
    guard=_require_user,
    errors=(UserNotFound, errors.OwnAccount, errors.UserChanged),
)
def update_user(request: Request[UserUpdateIn, None]) -> UserOut:
    """Suspend or reinstate a user, or change the role, with a reason. Access tokens stop working within a minute."""
    return UserOut.model_validate(admin_users.change_role_or_status(request.caller, request.guard_result, request.body))
