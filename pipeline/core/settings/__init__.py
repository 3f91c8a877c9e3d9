"""What can be set from outside: one model, read once and checked before anything starts."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PlainValidator, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from pipeline.core.addresses import find_contact_fault, find_mail_server_fault
from pipeline.core.env_file import read_env_file, read_usable_lines
from pipeline.core.errors import SettingError
from pipeline.core.settings.checks import (
    address,
    check_catalog,
    check_folder,
    check_interval,
    check_mail_address,
    check_origins,
    check_searches,
    check_storage,
    check_switches,
    check_webhooks,
    secret_address,
    token_of,
)


class Settings(BaseSettings):
    """The settings of one process, each under its name in capitals; the descriptions are those of the README.

    URLs have no trailing slash; an absent token, contact or address is None. What is secret is not in the `repr`.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        case_sensitive=True,
        alias_generator=str.upper,
        validate_default=False,
        hide_input_in_errors=True,
    )

    warehouse_dir: Annotated[Path, PlainValidator(check_folder)] = Field(
        default=Path("warehouse"), validate_default=True, description="the folder for all data"
    )
    warehouse_storage: Annotated[str | None, PlainValidator(check_storage)] = Field(
        default=None,
        description="`s3://bucket/prefix`: raw files and the published file stand there as well; AWS_* and "
        "`AWS_ENDPOINT_URL` as everywhere",
    )
    warehouse_catalog: Annotated[str | None, PlainValidator(check_catalog)] = Field(
        default=None,
        repr=False,  # with user and password
        description="`postgresql://user:password@host/database`: with it, any number of hosts write one lake there",
    )
    archive_base_url: Annotated[str, PlainValidator(address("http", "https", "file"))] = Field(
        default="https://raw.githubusercontent.com",
        description="where `{source}/{branch}/{path of a page}` stands; `file:///…` for clones",
    )
    sources: str | None = Field(
        default=None,
        description="whose pages are fetched: a comma list of their ids; without one, all that are on by default",
    )
    hf_api_url: Annotated[str, PlainValidator(address("http", "https"))] = Field(
        default="https://huggingface.co",
        description="Hugging Face: its Daily Papers, and the models, data sets and spaces that pages link to",
    )
    hf_token: Annotated[str | None, PlainValidator(token_of("Hugging Face"))] = Field(
        default=None,
        repr=False,
        description="with one, 1,000 requests in five minutes instead of 500; "
        "a day costs one or two, a linked model or a new paper one a week",
    )
    arxiv_api_url: Annotated[str, PlainValidator(address("http", "https"))] = Field(
        default="https://export.arxiv.org/api/query", description="arXiv's API"
    )
    arxiv_interval_seconds: Annotated[float, PlainValidator(check_interval)] = Field(
        default=3.0,
        description="seconds between a response of arXiv and the next request, over all processes of this machine; "
        "arXiv asks for 3",
    )
    datacite_api_url: Annotated[str, PlainValidator(address("http", "https"))] = Field(
        default="https://api.datacite.org",
        description="DataCite's API: licences, and arXiv's papers when arXiv does not answer",
    )
    github_api_url: Annotated[str, PlainValidator(address("http", "https"))] = Field(
        default="https://api.github.com", description="GitHub's API"
    )
    github_token: Annotated[str | None, PlainValidator(token_of("GitHub"))] = Field(
        default=None,
        repr=False,
        description="with one, 20 repositories a query; without, 60 repositories an hour, and the rest is deferred",
    )
    semantic_scholar_api_url: Annotated[str, PlainValidator(address("http", "https"))] = Field(
        default="https://api.semanticscholar.org", description="Semantic Scholar, for counts of citations"
    )
    semantic_scholar_api_key: Annotated[str | None, PlainValidator(token_of("Semantic Scholar"))] = Field(
        default=None,
        repr=False,
        description="with one, a request a second for 500 papers; without, a pool that is often used up: then later",
    )
    contact: Annotated[str | None, PlainValidator(secret_address(find_contact_fault))] = Field(
        default=None, description="an e-mail or URL for the User-Agent: polite to arXiv, and throttled less"
    )
    webhook_url: Annotated[tuple[str, ...] | None, PlainValidator(check_webhooks)] = Field(
        default=None,
        repr=False,  # whoever knows it can post
        description="where failed runs and silent sources are posted, as JSON that Slack and the like take; "
        "several with blanks or commas between",
    )
    smtp_url: Annotated[str | None, PlainValidator(secret_address(find_mail_server_fault))] = Field(
        default=None,
        repr=False,  # with user and password
        description="a mail server for the same, like `smtps://user:password@mail.example.org:465`",
    )
    alert_email: Annotated[str | None, PlainValidator(check_mail_address)] = Field(
        default=None, description="who gets that mail, and whom it is from"
    )
    ui_origins: Annotated[tuple[str, ...] | None, PlainValidator(check_origins)] = Field(
        default=None,
        description="addresses under which a reverse proxy shows the UI: a comma list like `https://papers.example.org`",
    )
    automation: Annotated[frozenset[str] | None, PlainValidator(check_switches)] = Field(
        default=None,
        description="what starts runs by itself unless it is switched in the UI: `all`, or of `daily_schedule`, "
        "`archive_sensor`, `leftovers_sensor`, `report_sensor`, with commas between; a lost `DAGSTER_HOME` does not "
        "switch it off",
    )
    ui_url: Annotated[str, PlainValidator(address("http", "https"))] = Field(
        default="http://127.0.0.1:3000", description="where people reach the UI, for the links of alerts"
    )
    site_dir: Annotated[Path | None, PlainValidator(check_folder)] = Field(
        default=None,
        description="a folder of its own for the web site, which each run then renews; without one, none is",
    )
    site_url: Annotated[str | None, PlainValidator(address("http", "https"))] = Field(
        default=None, description="where the site will stand, for its feeds, previews and sitemap"
    )
    site_searches: Annotated[tuple[tuple[str, str], ...] | None, PlainValidator(check_searches)] = Field(
        default=None,
        description="searches with a feed of their own, like `agents: language agent; speech: speech recognition`",
    )

    @model_validator(mode="before")
    @classmethod
    def _leave_out_what_is_empty(cls, given: dict[str, str]) -> dict[str, str]:
        return {name: stripped for name, text in given.items() if (stripped := text.strip())}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `read_settings` gives."""
        return (init_settings,)


NAMES = tuple(name.upper() for name in Settings.model_fields)


def read_settings(environ: Mapping[str, str] | None = None, dotenv: Path = Path(".env")) -> Settings:
    """Take the environment, then `.env`, then the defaults: an empty variable unsets what `.env` sets.

    Raises SettingError naming every fault, and never what is secret.
    """
    environ = os.environ if environ is None else environ
    found = read_env_file(dotenv) | dict(environ)
    given: dict[str, Any] = {name: found[name] for name in NAMES if name in found}
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingError(faults_of(error)) from None


def read_usable_settings(
    environ: Mapping[str, str] | None = None, dotenv: Path = Path(".env")
) -> tuple[Settings, str | None]:
    """Return the settings with the default in place of each that is wrong, and what is wrong with those; None if none.

    For whoever tells people of wrong settings: nothing else may go on with others than were meant.
    """
    try:
        return read_settings(environ, dotenv), None
    except SettingError as error:
        fault = str(error)
    found = read_usable_lines(dotenv) | dict(os.environ if environ is None else environ)
    given: dict[str, Any] = {name: found[name] for name in NAMES if name in found}
    try:
        return Settings(**given), fault
    except ValidationError as error:
        wrong = {each["loc"][0] for each in error.errors()}
        return Settings(**{name: value for name, value in given.items() if name not in wrong}), fault


def faults_of(error: ValidationError) -> str:
    return "; ".join(f"{each['loc'][0]} {each['msg']}" for each in error.errors())
