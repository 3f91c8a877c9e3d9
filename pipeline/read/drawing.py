"""Draw charts in a process of its own: native code that panics on a stranger's text costs a chart and not the run.

Run as a script, it reads one Vega-Lite chart a line and writes its SVG, as JSON, as soon as it is drawn. It then needs
nothing of this package.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

SECONDS = 120  # for all charts of a page; two seconds are usual

log = logging.getLogger(__name__)


def draw_all(charts: Sequence[Mapping[str, Any]]) -> list[str | None]:
    """Return the SVG of each chart, or None where it cannot be drawn."""
    drawn: list[str | None] = []
    while left := charts[len(drawn) :]:
        done, complaint = draw_some(left)
        drawn += done
        if len(done) < len(left):
            drawn.append(None)  # the one that ended the process; another goes on behind it
            log.warning("a chart cannot be drawn: %s", complaint)
    return drawn


def draw_some(charts: Sequence[Mapping[str, Any]]) -> tuple[list[str], str]:
    """Return the SVG of the charts before the first that cannot be drawn, and what the process last said."""
    lines = "".join(json.dumps(chart) + "\n" for chart in charts)
    # -P: nothing of this folder or of the user's hides a module that the script imports.
    command = [sys.executable, "-P", __file__]
    try:
        ended = subprocess.run(  # noqa: S603  our own file and interpreter
            command, input=lines, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        written, said = ended.stdout, ended.stderr
    except subprocess.TimeoutExpired as late:
        written, said = late.stdout or b"", f"not within {SECONDS} seconds"
    text = written.decode() if isinstance(written, bytes) else written
    svgs = [json.loads(line) for line in text.split("\n")[:-1]]
    return svgs[: len(charts)], " ".join(said.split())[:300]


def main() -> None:
    import vl_convert  # noqa: PLC0415  nobody else needs it

    for line in sys.stdin:
        sys.stdout.write(json.dumps(vl_convert.vegalite_to_svg(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
