"""Questions: each query of sql/queries with its own defaults, and searches, on the demo and on a hundredfold archive."""

import tempfile
import time
from pathlib import Path
from statistics import median

from bench.synthetic import fill
from bench.timing import run, table
from pipeline.read import query
from pipeline.read.query import Connection
from pipeline.warehouse.folder import Warehouse

TIMES = 100
ROUNDS = {"demo": 9, "hundredfold": 3}
SEARCH = "-- $words = model\nselect * from search_papers($words) order by score desc limit 20"
WORDS = "select title from mart_paper order by first_listed_date desc, arxiv_id desc limit 1"


def measure() -> str:
    with tempfile.TemporaryDirectory() as name:
        demo, hundredfold = Path(name) / "demo", Path(name) / "hundredfold"
        run(["-m", "pipeline", "demo", "--folder", str(demo)])
        warehouse = Warehouse(hundredfold)
        listings = fill(warehouse.raw, TIMES)
        run(["-m", "pipeline", "rebuild"], {"WAREHOUSE_DIR": str(hundredfold)})
        few = ask_all(demo / "warehouse" / "papers.duckdb", ROUNDS["demo"])
        many = ask_all(warehouse.published, ROUNDS["hundredfold"])
    rows = [(asked, f"{few[asked]:.1f}", f"{many[asked]:.0f}") for asked in few]
    slowest = " and ".join(
        f"{found[asked]:.0f} ms {where} ({asked})"
        for found, where in ((few, "on the demo"), (many, f"at {TIMES} times"))
        for asked in [max(found, key=lambda asked: found[asked])]
    )
    return (
        f"Every query of `sql/queries/` with the parameters it has by itself, and searches for three words and for all "
        f"of the newest paper's title, through a connection as `papers query` opens it: on the demo, and on an invented archive of "
        f"{listings:,} listings, {TIMES} times as many days as the real ones have.\n\n"
        + table(("question", "demo, ms", f"{TIMES} times, ms"), rows)
        + f"\n\nSlowest: {slowest}. Medians of {ROUNDS['demo']} rounds on the demo and {ROUNDS['hundredfold']} on the other; "
        "each row is fetched."
    )


def ask_all(path: Path, rounds: int) -> dict[str, float]:
    """Return the milliseconds of each question, all of them asked in turns."""
    with query.open_published(path) as connection:
        (title,) = connection.sql(WORDS).fetchall()[0]
        asked = {name: (query.named_query(name) or "", dict[str, str]()) for name in query.questions()}
        asked["`search_papers`, three words"] = SEARCH, {"words": " ".join(title.split()[:3])}
        asked["`search_papers`, a whole title"] = SEARCH, {"words": title}
        spent = [[ask(connection, *each) for each in asked.values()] for _ in range(rounds)]
    return {name: median(times) for name, times in zip(asked, zip(*spent, strict=True), strict=True)}


def ask(connection: Connection, text: str, given: dict[str, str]) -> float:
    began = time.perf_counter()
    query.run_query(connection, text, given).fetchall()
    return (time.perf_counter() - began) * 1000
