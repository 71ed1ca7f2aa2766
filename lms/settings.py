"""Every setting of the product, read from `LMS_*` in the environment or from a `.env` file."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Settings by group; `docs/operations.md` lists each, and a test holds that list complete."""

    model_config = SettingsConfigDict(env_prefix="LMS_", env_file=".env", extra="ignore")

    # -- where
    environment: Literal["development", "production", "test"] = Field(
        "development", description="`production` sends secure cookies only and refuses a demo."
    )
    var_dir: Path = Field(
        PROJECT / "var",
        description="Folder for what the product keeps beside a database by URL: mail, storage, the embedded server.",
    )
    courses_dir: Path = Field(PROJECT / "courses", description="Folder that `lms courses publish` reads.")
    assets_dir: Path = Field(
        PROJECT / "node_modules", description="Folder with fonts and page assets installed by npm."
    )
    base_url: str = Field(
        "", description="Address that mails and files point to; left out, that of LMS_HOST and LMS_PORT."
    )

    # -- database
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL 15 or later; left out, the product starts its own in `var_dir`."
    )
    database_pool_size: int = Field(10, ge=1, description="Connections each process keeps.")
    database_statement_cache: int = Field(
        256,
        ge=0,
        description="Prepared statements a connection keeps; 0 behind a pooler in transaction mode.",
    )

    # -- serving
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, description="Port to listen on.")
    workers: int = Field(1, ge=1, description="Server processes.")
    jobs_in_server: bool = Field(
        True, description="Whether `lms serve` also works off jobs; set to false where `lms work` runs apart."
    )
    worker_silence_seconds: int = Field(
        20,
        ge=2,
        description="A worker without a sign of life for so long counts as dead, and its jobs are taken up again.",
    )
    upload_limit_mb: int = Field(10, ge=1, description="Largest file a learner may hand in.")

    # -- signing in
    session_hours: int = Field(12, ge=1, description="How long a sign-in lasts.")
    sign_in_tries: int = Field(
        10,
        ge=1,
        description="Failed sign-ins, and wrong present passwords, per account in 15 minutes before a wait.",
    )

    invitation_days: int = Field(7, ge=1, le=60, description="How long an invitation by e-mail is open.")

    # -- seats in joint trainings
    booking_late_hours: int = Field(
        48,
        ge=0,
        description="A seat given back later than so many hours before a session counts as left empty.",
    )
    booking_no_shows: int = Field(
        2,
        ge=0,
        description="Who left so many seats empty in 12 months books shortly before only; 0 switches this off.",
    )
    booking_open_hours: int = Field(
        48, ge=0, description="How long before a session they may book what is free then."
    )

    # -- assigned learning
    due_reminder_days: list[int] = Field(
        [30, 7, 1],
        description="How many days before a due day people are reminded; the day after it they always are.",
    )

    # -- mail
    mail_url: str = Field(
        "file:", description="`file:` writes to `var_dir`/mail; `smtp://user:password@host:port` sends."
    )
    mail_from: str = Field("partnership-learning@example.org", description="Sender of mails.")

    # -- signatures
    keys_folder: Path | None = Field(
        None,
        description="Folder of private keys, for the operators' account alone; left out, `var_dir`/keys.",
    )

    # -- logs
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is written."
    )
    log_format: Literal["json", "console"] = Field(
        "json", description="`json` writes one object a line; `console` is for reading."
    )

    @model_validator(mode="after")
    def _say_where(self) -> "Settings":
        self.base_url = self.base_url.rstrip("/") or f"http://{self.host}:{self.port}"
        return self

    @property
    def storage_dir(self) -> Path:
        """Folder of uploaded files."""
        return self.var_dir / "storage"

    @property
    def keys_dir(self) -> Path:
        """Folder of the private halves of signing keys."""
        return self.keys_folder or self.var_dir / "keys"

    @property
    def previews_dir(self) -> Path:
        """Folder in which an uploaded course is unpacked while it is read."""
        return self.var_dir / "previews"


@lru_cache
def get_settings() -> Settings:
    """The process's settings; tests pass their own to `create_app` instead."""
    return Settings()
