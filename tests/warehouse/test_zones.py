"""All times are UTC, whatever the time zone of the machine that loads or asks."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from histories import HEADER, NOWHERE

from pipeline.http.exchange import Exchange
from pipeline.sources.pages import subject_of
from pipeline.warehouse.raw import Raw

AT = datetime(2025, 3, 7, 13, tzinfo=UTC)
ROW = "| [Tea](https://arxiv.org/abs/2503.00001) | Ada | Hot. | ['Pots'] | https://github.com/lab/pot | N/A |\n"
SUBMITTED = {"dateType": "Submitted", "date": "2025-03-01T17:59:59Z", "dateInformation": "v1"}
RECORD = {"titles": [{"title": "Tea"}], "dates": [SUBMITTED]}
# Both in a child, since ICU reads the zone once a process.
LOAD = """
import sys
from pathlib import Path
from pipeline.warehouse.folder import Warehouse
warehouse = Warehouse(Path(sys.argv[1]))
warehouse.refresh()
print(*warehouse.use(lambda connection: connection.execute(sys.argv[2]).fetchall()[0]))
warehouse.publish()
warehouse.close()
"""
ASK = """
import sys
from pathlib import Path
from pipeline.read.query import open_published
with open_published(Path(sys.argv[1]) / "papers.duckdb") as connection:
    print(*connection.execute(sys.argv[2]).fetchall()[0])
    print(*connection.cursor().execute(sys.argv[2]).fetchall()[0])
"""
ZONE = "America/New_York"


def run_in(code: str, folder: Path, query: str) -> list[str]:
    """Return the lines that a process in that zone prints."""
    command = [sys.executable, "-c", code, str(folder), query]
    return subprocess.check_output(command, env=os.environ | {"TZ": ZONE}, text=True).splitlines()


def store(folder: Path) -> None:
    page, body = (
        (HEADER + ROW).encode(),
        json.dumps({"data": [{"id": "10.48550/arxiv.2503.00001", "attributes": RECORD}]}),
    )
    subject = subject_of("timlrx/daily-ai-papers", AT.date())
    Raw(folder / "raw").store(
        Exchange("archive", (subject,), 1, NOWHERE, "GET", 200, {}, AT, page, None),
        Exchange("datacite", ("2503.00001",), 1, NOWHERE, "GET", 200, {}, AT, body.encode(), None),
    )


def test_times_are_utc_wherever_they_are_loaded_and_asked_for(tmp_path):
    store(tmp_path)
    times = "select submitted_at, version_times[1], observed_at from dim_paper where arxiv_id = '2503.00001'"
    assert run_in(LOAD, tmp_path, times) == ["2025-03-01 17:59:59 2025-03-01 17:59:59 2025-03-07 13:00:00"]
    utc = "select timestamptz '2025-03-01 23:59:59Z'::date, timestamptz '2025-03-01 23:59:59Z'::timestamp"
    assert run_in(ASK, tmp_path, utc) == ["2025-03-01 2025-03-01 23:59:59"] * 2
