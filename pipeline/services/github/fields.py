"""The fields of a repository: what a GraphQL query asks for, and where each is in the responses of both APIs."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.services.github.json_values import flag, moment, number, text

# In every GraphQL query; 20 repositories cost one point (docs/services.md).
FRAGMENT = """fragment Facts on Repository {
    databaseId nameWithOwner owner { __typename login } description homepageUrl
    primaryLanguage { name } licenseInfo { spdxId } repositoryTopics(first: 20) { nodes { topic { name } } }
    isArchived archivedAt isDisabled isTemplate isFork parent { nameWithOwner } createdAt updatedAt pushedAt
    stargazerCount forkCount watchers { totalCount } diskUsage
    issues(states: OPEN) { totalCount } pullRequests(states: OPEN) { totalCount }
    releases { totalCount } latestRelease { tagName publishedAt }
    languages(first: 10, orderBy: { field: SIZE, direction: DESC }) { edges { size node { name } } }
    defaultBranchRef { name target { ... on Commit { committedDate history { totalCount } } } }
    readme: object(expression: "HEAD:README.md") { ... on Blob { byteSize } }
}"""


@dataclass(frozen=True)
class Fact:
    """Where a column is found in the responses of both APIs, and how it is read."""

    column: str
    rest: str  # empty: REST does not tell
    graphql: str
    read: Callable[[object], object]
    is_required: bool = False


FIELDS = (
    Fact("repository_id", "id", "databaseId", number, is_required=True),
    Fact("full_name", "full_name", "nameWithOwner", text, is_required=True),
    Fact("owner_type", "owner.type", "owner.__typename", text),
    Fact("description", "description", "description", text),
    Fact("homepage", "homepage", "homepageUrl", text),
    Fact("language", "language", "primaryLanguage.name", text),
    Fact("license_spdx", "license.spdx_id", "licenseInfo.spdxId", text),
    Fact("is_archived", "archived", "isArchived", flag),
    Fact("is_disabled", "disabled", "isDisabled", flag),
    Fact("archived_at", "", "archivedAt", moment),
    Fact("is_fork", "fork", "isFork", flag),
    Fact("parent_full_name", "parent.full_name", "parent.nameWithOwner", text),
    Fact("is_template", "is_template", "isTemplate", flag),
    Fact("default_branch", "default_branch", "defaultBranchRef.name", text),
    Fact("created_at", "created_at", "createdAt", moment),
    Fact("updated_at", "updated_at", "updatedAt", moment),
    Fact("pushed_at", "pushed_at", "pushedAt", moment),
    Fact("stars_count", "stargazers_count", "stargazerCount", number, is_required=True),
    Fact("forks_count", "forks_count", "forkCount", number),
    Fact("watchers_count", "subscribers_count", "watchers.totalCount", number),
    Fact("size_kilobytes", "size", "diskUsage", number),
    Fact("releases_count", "", "releases.totalCount", number),
    Fact("latest_release_tag", "", "latestRelease.tagName", text),
    Fact("latest_release_at", "", "latestRelease.publishedAt", moment),
    Fact("commits_count", "", "defaultBranchRef.target.history.totalCount", number),
    Fact("last_commit_at", "", "defaultBranchRef.target.committedDate", moment),
    Fact("readme_bytes", "", "readme.byteSize", number),
)

COLLECTED = {  # columns of several values, and by API the fields that have them; none: the API does not tell
    "topics": {"rest": ("topics",), "graphql": ("repositoryTopics",)},
    "open_issues_count": {"rest": ("open_issues_count",), "graphql": ("issues", "pullRequests")},
    "languages": {"rest": (), "graphql": ("languages",)},
}


def origins(api: str) -> dict[str, tuple[str, ...]]:
    """Return the outermost fields of an answer that each column comes from; none where the API does not tell."""
    paths = {fact.column: fact.rest if api == "rest" else fact.graphql for fact in FIELDS}
    single = {column: (path.split(".")[0],) if path else () for column, path in paths.items()}
    return single | {column: fields[api] for column, fields in COLLECTED.items()}


ORIGINS = {api: origins(api) for api in ("rest", "graphql")}
