"""Every recorded answer of Hugging Face's about a resource, read by the code that production uses."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from loopback import Asked, Clock, Reply, serve

from pipeline.http.client import Web
from pipeline.http.exchange import Exchange, exchanges_frame
from pipeline.services.hub.client import fetch_papers, fetch_resources
from pipeline.services.hub.papers import parse_hub_papers
from pipeline.services.hub.reader import parse_resources
from pipeline.warehouse.raw import identify

RECORDINGS = Path(__file__).parents[2].parent / "shared" / "recordings" / "second"
pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings of ../shared are not on this machine")
NOW = datetime(2026, 10, 2, 12, tzinfo=UTC)
KINDS = {"models": "model", "datasets": "dataset", "spaces": "space"}


def recording(name: str) -> dict[str, Any]:
    return json.loads((RECORDINGS / f"hf_{name}.json").read_text("utf-8"))


def replay(told: dict[str, Any]) -> Reply:
    return Reply(told["status"], told["body"].encode(), told["headers"])


def fetch(*names: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Ask for what the first recording is about; each answers for its own path. Return resources and outcomes."""
    told = [recording(name) for name in names]
    answers = {urlsplit(each["request"]["url"]).path: replay(each) for each in told}

    def answer(asked: Asked) -> Reply:
        return answers[urlsplit(asked.path).path]

    _, _, shelf, *rest = urlsplit(told[0]["request"]["url"]).path.split("/")
    subject = f"{KINDS[shelf]}/{'/'.join(rest)}"
    clock = Clock(NOW)
    kept: list[Exchange] = []
    with serve(answer) as server, Web(now=clock.now, sleep=clock.sleep) as web:
        fetch_resources(web, server.url, [subject], token=None, store=kept.append)
    resources, attempts = parse_resources(identify(exchanges_frame(kept)))
    return resources.to_dicts(), attempts["outcome"].to_list()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "200_model_expand_gpt2",
            {
                "hub_id": "621ffdc036468d709f17434d",
                "hub_name": "openai-community/gpt2",
                "downloads_30_days_count": 15_740_994,
                "downloads_all_time_count": 932_329_010,
                "likes_count": 4_194,
                "licence": "mit",
                "base_models": [],
                "is_gated": False,
            },
        ),
        (
            "200_model_expand_base_model",
            {
                "base_models": ["meta-llama/Llama-2-7b-hf"],
                "cited_arxiv_ids": ["2307.09288"],
                "licence": "llama2",
                "pipeline_task": "text-generation",
            },
        ),
        ("200_dataset_info_shape", {"hub_id": "621ffdd236468d709f181e3f", "is_gated": False}),
        ("200_space_info_shape", {"sdk": "static", "downloads_30_days_count": None, "likes_count": 1}),
    ],
)
def test_a_recorded_description_has_its_meaning(name: str, expected: dict[str, object]):
    [row], outcomes = fetch(name)
    assert outcomes == ["found"]
    assert {column: row[column] for column in expected} == expected


def test_another_letter_case_leads_to_the_resource():
    [row], _ = fetch("307_model_case", "200_model_expand_gpt2")
    assert (row["resource_asked"], row["hub_name"]) == ("model/openai-community/gpt2", "openai-community/gpt2")


def test_a_name_that_moved_is_the_resource_that_it_leads_to():
    [row], _ = fetch("307_model_moved_other_repo", "200_model_expand_redirect_target")
    assert (row["resource_asked"], row["hub_id"]) == (
        "model/runwayml/stable-diffusion-v1-5",
        "66d19580e2632490a6bc5829",
    )
    assert row["created_at"].year == 2024 and len(row["cited_arxiv_ids"]) == 5


def test_a_missing_model_is_not_public_and_an_unknown_option_is_no_absence():
    [row], outcomes = fetch("401_model_missing_anonymous")
    assert (row["status"], row["hub_id"], outcomes) == ("not_public", None, ["not_public"])
    assert fetch("400_unknown_expand") == ([], ["failed"])


def fetch_page(name: str, arxiv_id: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Ask for a paper, which the recording answers. Return papers and outcomes."""
    told = recording(name)
    clock, kept = Clock(NOW), list[Exchange]()
    with serve(lambda _: replay(told)) as server, Web(now=clock.now, sleep=clock.sleep) as web:
        fetch_papers(web, server.url, [arxiv_id], token=None, store=kept.append)
    papers, attempts = parse_hub_papers(identify(exchanges_frame(kept)))
    return papers.to_dicts(), attempts["outcome"].to_list()


def test_the_page_of_a_paper_names_its_code_and_who_added_it() -> None:
    papers, outcomes = fetch_page("200_paper_page_no_artefacts", "2607.16859")
    assert outcomes == ["found"]
    told = {name: papers[0][name] for name in ("upvotes_count", "code_url", "code_added_by", "resources")}
    code = "https://github.com/hrtan/infmatch"
    assert told == {"upvotes_count": 0, "code_url": code, "code_added_by": "user", "resources": []}
    assert papers[0]["models_count"] == papers[0]["datasets_count"] == papers[0]["spaces_count"] == 0


def test_a_paper_that_is_not_indexed_is_an_answer() -> None:
    assert fetch_page("404_paper_not_indexed", "2601.99999") == ([], ["not_indexed"])
