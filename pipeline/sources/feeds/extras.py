"""What a paper on Hugging Face says that has no column of its own. Pure."""

from collections.abc import Mapping

from pipeline.sources.feeds.entries import mapping, read_line, read_lines, read_text, sequence


def read_extra(paper: Mapping[str, object]) -> dict[str, object]:
    """Return what has no column of its own. The moment of publication is the paper's own, not the outer one.

    The outer `publishedAt` is New York's time with the mark of UTC.
    """
    return {
        "published_at": read_line(paper.get("publishedAt")),
        "submitted_at": read_line(paper.get("submittedOnDailyAt")),
        "submitted_by": read_line(mapping(paper.get("submittedOnDailyBy")).get("fullname")),
        "organization": organization_of(paper),
        "organization_account": read_line(mapping(paper.get("organization")).get("name")),
        "accounts": accounts_of(paper),
        "keywords": read_lines(paper.get("ai_keywords")),
        "ai_summary": read_text(paper.get("ai_summary")),
        "github_repo_added_by": read_line(paper.get("githubRepoAddedBy")),
        "withdrawn_at": read_line(paper.get("withdrawnAt")),
    }


def accounts_of(paper: Mapping[str, object]) -> list[dict[str, str]]:
    """Return the Hugging Face accounts that stand for authors, each with the author's name."""
    authors = [mapping(author) for author in sequence(paper.get("authors"))]
    claimed = [author for author in authors if author.get("user") and author.get("hidden") is not True]
    accounts = [
        {
            "author": read_line(author.get("name")),
            "account": account_of(author),
            "status": read_line(author.get("status")),
        }
        for author in claimed
    ]
    return [{name: value for name, value in each.items() if value} for each in accounts if each["account"]]


def account_of(author: Mapping[str, object]) -> str | None:
    user = mapping(author.get("user"))
    return read_line(user.get("user")) or read_line(user.get("name"))


def organization_of(paper: Mapping[str, object]) -> str | None:
    """Return the organisation's full name, or its account."""
    organization = mapping(paper.get("organization"))
    return read_line(organization.get("fullname")) or read_line(organization.get("name"))
