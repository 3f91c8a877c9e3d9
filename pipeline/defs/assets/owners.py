"""Who owns the assets, as the UI shows it: who is named by CONTACT, or nobody."""

import dagster as dg

from pipeline.core.settings import read_usable_settings


def owners_of(contact: str | None) -> list[str]:
    """Return an e-mail address or `team:name` as Dagster takes it; none for anything else, such as a URL."""
    try:
        return list(dg.AssetSpec("owned", owners=[contact]).owners) if contact else []
    except dg.DagsterInvalidDefinitionError:
        return []


OWNERS = owners_of(read_usable_settings()[0].contact)
