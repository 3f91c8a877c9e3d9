"""What a link with a wrong letter may mean. A guess that stands beside the link and is never taken for it. Pure."""

import difflib
import re

from pipeline.sources.layouts.links.names import HOST, Column, LinkName, clean_address, name_link, split_address

NEAR_HOSTS = ("github.com", "huggingface.co", "hf.co")
NEAR = 0.8  # of difflib's ratio: two letters of such a host
LOOK_ALIKES = str.maketrans(  # Cyrillic and Greek letters that look like Latin ones
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf",
    "ABEKMHOPCTXaeopcyxiABEZHIKMNOPTYXo",
)


def find_meant(url: str, column: Column, link: LinkName) -> str | None:
    """Return the address that may be meant where one letter is wrong; null if nothing is near, or the link is right."""
    address = clean_address(url)
    if link.reason == "not_ascii":
        meant = address.translate(LOOK_ALIKES)
    elif link.reason == "other_host" and (near := near_host(split_address(address)[0] or "")):
        meant = re.sub(HOST, near, address, count=1)
    else:
        return None
    return meant if name_link(meant, column).kind is not None else None


def near_host(host: str) -> str | None:
    """Return the known host from which another differs in a letter or two; null if none is near."""
    return next(iter(difflib.get_close_matches(host, NEAR_HOSTS, 1, NEAR)), None)
