"""joe0731/hf_paper_watch_dog: section pages, a mirror of Hugging Face's list with a history in git."""

from datetime import date

from pipeline.sources.layouts.sections.descriptions import WATCH_DOG
from pipeline.sources.layouts.sections.pages import Sections
from pipeline.sources.source import Document, GitArchive, Source

SOURCE = Source(
    "joe0731/hf_paper_watch_dog",
    "https://github.com/joe0731/hf_paper_watch_dog",
    "MIT",
    date(2023, 5, 4),
    GitArchive((Document("markdown", "papers/%Y/%m/%Y-%m-%d.md", Sections(WATCH_DOG)),)),
    tells=("code", "abstracts", "upvotes"),
)
