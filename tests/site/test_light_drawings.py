"""What of a drawing nobody can see is not in a page."""

from pipeline.site.svg import finish

DRAWN = (
    '<svg width="9"><g transform="translate(0,48.839999999999996)">'
    '<path class="background" aria-hidden="true" d="M0,0h25.48148148148148v0Z"/>'
    '<path aria-label="papers: 9.123456" d="M1e-7,0.00001h-25.48148148148148v2Z" fill="var(--soft)"/>'
    '<path class="background" aria-hidden="true" d="M0,0h2v2Z" stroke="red"/>'
    '<path class="foreground" aria-hidden="true" d="" display="none"/><text>0.123456</text></g></svg>'
)


def test_a_drawing_has_no_unseen_path_and_places_to_a_hundredth_and_its_words_stay() -> None:
    assert finish(DRAWN, "Papers") == (
        '<svg role="img" aria-label="Papers" width="9"><g transform="translate(0,48.84)">'
        '<path aria-label="papers: 9.123456" d="M1e-7,0.00h-25.48v2Z" fill="var(--soft)"/>'
        '<path class="background" aria-hidden="true" d="M0,0h2v2Z" stroke="red"/>'
        "<text>0.123456</text></g></svg>"
    )
