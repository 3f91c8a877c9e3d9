"""Write the data dictionary."""

import tempfile
from pathlib import Path

from pipeline.core.errors import SettingError
from pipeline.core.files import replacing
from pipeline.read import query
from pipeline.read.dictionary import describe_file


def write_dictionary(to: Path) -> Path:
    """Write dictionary.md, with values of an example warehouse, into the folder `to`, and return its path.

    Raises SettingError if it cannot be written.
    """
    from pipeline.commands.demo.example_warehouse import make_example

    with tempfile.TemporaryDirectory(prefix="papers-docs-") as folder:
        warehouse = make_example(Path(folder))
        with query.open_published(warehouse.published) as connection:
            text = describe_file(connection)
    file = to / "dictionary.md"
    try:
        to.mkdir(parents=True, exist_ok=True)
        with replacing(file) as part:
            part.write_text(text, "utf-8")
    except OSError as error:
        raise SettingError(f"{file} cannot be written: {error.strerror or error}; choose another with --to") from error
    return file
