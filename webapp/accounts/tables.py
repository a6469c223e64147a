"""Studios, people, and what they may do."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_security import AsaList, RoleMixin, UserMixin, WebAuthnMixin
from sqlalchemy.ext.mutable import MutableList
from sqlmodel import Field, Relationship

from webapp.platform.db import Record, enum_type, new_id


class Language(enum.StrEnum):
    ENGLISH = "en"
    CHINESE = "zh"

    @property
    def locale(self) -> str:
        """As Babel and the libraries' own catalogues call it."""
        return "zh_Hans_CN" if self is Language.CHINESE else "en"


class MemberRole(enum.StrEnum):
    OWNER = "owner"
    TEACHER = "teacher"


class Studio(Record, table=True):
    """The tenant. ``teaches_common`` is its choice at sign-up: do its comments teach the common model too?"""

    __tablename__ = "studio"
    id: str = Field(default_factory=new_id, primary_key=True)
    name: str = Field(max_length=120)
    language: Language = Field(sa_type=enum_type(Language))
    time_zone: str = Field(max_length=64)
    teaches_common: bool
    photo_months: int = 12
    created_at: datetime


class UserRole(Record, table=True):
    """Join table that Flask-Security expects; Vermilion's own roles are on ``Membership``."""

    __tablename__ = "user_role"
    user_id: int = Field(foreign_key="user.id", primary_key=True, ondelete="CASCADE")
    role_id: int = Field(foreign_key="role.id", primary_key=True, ondelete="CASCADE")


class Role(Record, RoleMixin, table=True):
    __tablename__ = "role"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=80, unique=True)
    description: str | None = Field(default=None, max_length=255)
    permissions: Any = Field(
        default=None, sa_column=sa.Column(MutableList.as_mutable(AsaList()), nullable=True)
    )


class User(Record, UserMixin, table=True):
    """A person. The columns without a comment here are those that Flask-Security reads."""

    __tablename__ = "user"
    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(max_length=255, unique=True)
    password: str | None = Field(default=None, max_length=255)
    active: bool = True
    fs_uniquifier: str = Field(max_length=64, unique=True)
    confirmed_at: datetime | None = None
    last_login_at: datetime | None = None
    current_login_at: datetime | None = None
    login_count: int | None = None
    tf_primary_method: str | None = Field(default=None, max_length=64)
    tf_totp_secret: str | None = Field(default=None, max_length=255)
    fs_webauthn_user_handle: str | None = Field(default=None, max_length=64, unique=True)
    mf_recovery_codes: Any = Field(
        default=None, sa_column=sa.Column(MutableList.as_mutable(AsaList()), nullable=True)
    )
    create_datetime: datetime | None = None
    name: str = Field(default="", max_length=120)  # how colleagues see them
    language: Language | None = Field(default=None, sa_type=enum_type(Language))  # None: follow the browser
    is_operator: bool = False

    roles: list[Role] = Relationship(link_model=UserRole)
    webauthn: list["WebAuthn"] = Relationship(
        back_populates="user", sa_relationship_kwargs={"cascade": "all, delete"}
    )


class WebAuthn(Record, WebAuthnMixin, table=True):
    __tablename__ = "webauthn"
    id: int | None = Field(default=None, primary_key=True)
    credential_id: bytes = Field(sa_column=sa.Column(sa.LargeBinary(1024), index=True, unique=True))
    public_key: bytes
    sign_count: int | None = 0
    transports: Any = Field(
        default=None, sa_column=sa.Column(MutableList.as_mutable(AsaList()), nullable=True)
    )
    backup_state: bool
    device_type: str = Field(max_length=64)
    extensions: str | None = Field(default=None, max_length=255)
    create_datetime: datetime | None = None
    lastuse_datetime: datetime
    name: str = Field(max_length=64)
    usage: str = Field(max_length=64)
    user_id: int = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    user: User = Relationship(back_populates="webauthn")


class Membership(Record, table=True):
    """A person in a studio. ``voice`` is the teacher's opaque code in prompts; it names nobody.
    ``keeps_seat``: an owner chose them to draft should the plan have fewer seats than there are people
    (``seats``).
    """

    __tablename__ = "membership"
    __table_args__ = (sa.UniqueConstraint("studio_id", "user_id"), sa.UniqueConstraint("voice"))
    id: str = Field(default_factory=new_id, primary_key=True)
    studio_id: str = Field(foreign_key="studio.id", ondelete="CASCADE", index=True)
    user_id: int = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    role: MemberRole = Field(sa_type=enum_type(MemberRole))
    voice: str = Field(max_length=12)
    keeps_seat: bool = False
    created_at: datetime


class Invitation(Record, table=True):
    """An open door for one e-mail address. Only the hash of its token is stored."""

    __tablename__ = "invitation"
    id: str = Field(default_factory=new_id, primary_key=True)
    studio_id: str = Field(foreign_key="studio.id", ondelete="CASCADE", index=True)
    email: str = Field(max_length=255)
    role: MemberRole = Field(sa_type=enum_type(MemberRole))
    token_hash: str = Field(max_length=64, unique=True)
    invited_by: int = Field(foreign_key="user.id", ondelete="CASCADE")
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None


class ApiKey(Record, table=True):
    """A studio's key to the API. Only its hash is stored; by ``prefix`` an owner tells keys apart."""

    __tablename__ = "api_key"
    id: str = Field(default_factory=new_id, primary_key=True)
    studio_id: str = Field(foreign_key="studio.id", ondelete="CASCADE", index=True)
    user_id: int = Field(foreign_key="user.id", ondelete="CASCADE")  # whose voice the key writes in
    name: str = Field(max_length=80)
    prefix: str = Field(max_length=12)
    key_hash: str = Field(max_length=64, unique=True)
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
