"""Questions about a past day leave out what was learnt later."""

from pathlib import Path

from answers import TIMLRX, Small, page, six


def link(name: str) -> str:
    return f"[Link](https://github.com/{name})"


def test_the_digest_of_a_past_day_has_the_labels_and_links_of_listings_up_to_it(tmp_path: Path) -> None:
    hub = "[Link](https://huggingface.co/lab/pot-7b)"
    small = Small(
        tmp_path,
        page(TIMLRX, "2025-03-03", six(1)),
        page(TIMLRX, "2025-03-06", six(1, tasks="['Robotics']", github=link("lab/pot"), hub=hub)),
    )
    told = ("tasks", "repositories", "hub_resources")
    [then] = small.named("digest", date="2025-03-03")
    assert [then[name] for name in told] == [[], [], []]
    [now] = small.named("digest", date="2025-03-06")
    assert [now[name] for name in told] == [["Robotics"], ["lab/pot"], ["lab/pot-7b"]]
