"""A page per repository, with its stars as a drawing that others can show, and as CSV."""

from pipeline.site.options import Files
from pipeline.site.pages import curves
from pipeline.site.pages.papers import ROLES
from pipeline.site.world import World

SAID = {
    "pending": "GitHub has not answered for it yet.",
    "not_found": "GitHub does not find it: it was deleted, made private, or never there.",
    "blocked": "GitHub has blocked it.",
}


def files(world: World) -> Files:
    for repository in world.repositories:
        folder = world.folders[repository["repository_key"]]
        formers = world.former_folders.get(repository["repository_key"], [])
        has_curve = bool(repository["observations"] or repository["star_dates"])
        papers = [
            (world.by_id[each["arxiv_id"]], each["link_role"])
            for each in repository["papers"]
            if each["arxiv_id"] in world.by_id
        ]
        yield world.page(
            f"{folder}/index.html",
            "repository.html",
            repository=repository,
            folder=folder,
            papers=papers,
            roles=ROLES,
            said=SAID,
            has_curve=has_curve,
            others=[(name, f"{'../' * (folder.count('/') + 1)}{former}/index.html") for name, former in formers],
        )
        for former_name, former in formers:
            values = {"name": former_name, "repository": repository, "folder": folder, "said": SAID}
            yield world.page(f"{former}/index.html", "moved.html", **values)
        if has_curve:
            name = repository["full_name"]
            for place in (folder, *(former for _, former in formers)):
                yield world.page(f"{place}/star.svg", "star.svg", name=name, panels=curves.draw(repository))
            yield f"{folder}/stars.csv", curves.as_csv(repository)
