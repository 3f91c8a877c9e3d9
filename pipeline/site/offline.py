"""The service worker: what was seen once is there without a network, and what is older than the site goes."""

import hashlib
import json
from pathlib import Path
from typing import BinaryIO

from pipeline.site import render, vendor
from pipeline.site.options import Files

SCRIPT = Path(__file__).parent / "templates" / "sw.js"
FIRST = ("index.html", "search.html", "icon.svg")


def files(published: BinaryIO) -> Files:
    """Yield sw.js. It changes with the published file and the site's own files, and the browser then begins anew."""
    first = [*FIRST, *sorted(render.assets().values())]
    published.seek(0)
    digest = hashlib.sha256(published.read() + json.dumps(first).encode())
    values = {"VERSION": digest.hexdigest()[:10], "VENDOR": vendor.folder_name(), "FIRST": first}
    head = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in values.items())
    yield "sw.js", f"{head}{SCRIPT.read_text('utf-8')}".encode()
