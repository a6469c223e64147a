"""Settings: ``VERMILION_*`` in the environment or in ``.env``; each is described in ``.env.example``."""

import secrets
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_KEY = "sk_test_vermiliondemo"
"""How the key begins that a demo's own sandbox is given. Stripe gives nobody such a key."""


class Settings(BaseSettings):
    """One immutable object, read once by the composition root and handed down."""

    model_config = SettingsConfigDict(env_prefix="VERMILION_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Path("var")
    environment: Literal["development", "production"] = "development"
    secret_key: str = ""
    password_salt: str = ""
    totp_key: str = ""
    database_url: str = ""
    broker_url: str = ""
    storage_url: str = ""
    base_url: str = "http://localhost:8000"
    mail_server: str = ""
    mail_port: int = 587
    mail_username: str = ""
    mail_password: str = ""
    mail_sender: str = "Vermilion <noreply@localhost>"
    time_zone: str = "UTC"
    base_en: str = "smollm2"
    base_zh: str = "gemma3"
    remote_key: str = ""
    stripe_key: str = ""
    stripe_address: str = ""
    stripe_webhook_secret: str = ""
    stripe_webhook_secret_before: str = ""
    least_feedback: int = Field(default=30, ge=1)
    max_photo_mb: int = Field(default=40, gt=0)
    max_photos: int = Field(default=60, gt=0)
    demo: bool = False
    trusted_proxies: int = Field(default=0, ge=0)
    limiter_url: str = "memory://"

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError) as error:
            raise ValueError(f"there is no time zone “{name}”; write one such as Europe/London") from error
        return name

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Fill what one machine can do alone; in production refuse what must be chosen."""
        if self.environment == "production":
            missing = [n for n in ("secret_key", "password_salt", "totp_key") if len(getattr(self, n)) < 24]
            if missing:
                names = ", ".join(f"VERMILION_{n.upper()}" for n in missing)
                raise ValueError(f"production needs a random value of at least 24 characters for {names}")
            if self.demo or (self.home / "demo.json").exists():
                raise ValueError(
                    f"production cannot be a demo, nor go on from one: whoever has read {self.home}/demo.json"
                    " can sign in, also as an operator; choose another home and another database"
                )
        return self

    def secret(self, name: Literal["secret_key", "password_salt", "totp_key"]) -> str:
        """The configured secret, or in development one made once and kept under ``home``."""
        if value := getattr(self, name):
            return str(value)
        path = self.home / "secrets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="ascii") as file:
                path.chmod(0o600)
                file.write(secrets.token_urlsafe(32))
        except FileExistsError:
            pass
        return path.read_text(encoding="ascii")

    @property
    def has_movable_clock(self) -> bool:
        """Whether this is a demo that is paid at its own sandbox: nowhere else can time be moved on."""
        return self.demo and self.stripe_key.startswith(DEMO_KEY)

    @property
    def database(self) -> str:
        """SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{(self.home / 'vermilion.db').resolve()}"

    @property
    def storage(self) -> str:
        """fsspec URL of the folder that holds every image."""
        return self.storage_url or f"file://{(self.home / 'files').resolve()}"
