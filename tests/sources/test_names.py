"""Authors and labels, however a cell lists them."""

import pytest
from pages_of_rows import SIX, parse, row


def authors_of(cell: str) -> list[str]:
    return parse(SIX + row(1).replace("| Ada |", f"| {cell} |")).listings.item(0, "authors").to_list()


def labels_of(cell: str) -> list[str]:
    return parse(SIX + row(1, tasks=cell)).listings.item(0, "tasks").to_list()


@pytest.mark.parametrize(
    "cell",
    [
        "Ada Kettle, Bo Cup",
        "Ada Kettle and Bo Cup",
        "Ada Kettle & Bo Cup",
        "Ada Kettle, and Bo Cup",
        "Ada Kettle; Bo Cup;",
        "Ada Kettle； Bo Cup",
        "Ada Kettle、Bo Cup",
        "Ada Kettle，Bo Cup",
        "Ada Kettle<br>Bo Cup",
        "Ada Kettle, <br/> Bo Cup",
        "Ada Kettle · Bo Cup",
        "<div>Ada Kettle</div><div>Bo Cup</div>",
        "[Ada Kettle](https://a.example), [Bo Cup](https://b.example/c_(d))",
        "<a href='https://a.example'>Ada Kettle</a>, Bo Cup",
        "**Ada Kettle**, *Bo Cup*",
        "Ada Kettle<sup>1,2</sup>, Bo Cup<sup>*</sup>",
        "Ada Kettle*, Bo Cup\\*",
        "Ada Kettle¹,², Bo Cup†",
        "Ada Kettle^1^, Bo Cup^{2}",
        "Ada Kettle$^1$, Bo Cup$^{2,*}$",
        "Ada Kettle, Bo Cup et al.",
        "Ada Kettle, Bo Cup, et.al.",
        "Ada Kettle, Bo Cup, ...",
        "Ada Kettle, Bo Cup and others",
        "Ada Kettle, Bo Cup, +3 more",
        "Ada Kettle, Bo Cup (+4)",
        "Ada Kettle, Bo Cup +4 authors",
        "Ada Kettle, Bo Cup + 4 more authors",
        "Ada Kettle, Bo Cup and 12 more authors",
        "Ada Kettle, Bo Cup et al. (2024)",
        "Ada Kettle, Bo Cup (et al.)",
        "Ada Kettle, Bo Cup [et al.]",
        "['Ada Kettle' 'Bo Cup']",
        "['Ada Kettle'], ['Bo Cup']",
        "[Ada Kettle, Bo Cup]",
        "['Ada Kettle', 'Bo Cup']",
        "Ada\u200b Kettle, Bo\u00a0Cup\ufeff",
        "Ada\u200d Kettle, Bo Cup\u200c",
        "Ada\x08 Kettle, Bo \x1bCup",
        "Ada Kettle <ada@tea.example>, Bo Cup <mailto:bo@tea.example>",
        "[Ada Kettle](mailto:ada@tea.example), [Bo Cup](mailto:bo@tea.example?subject=Tea)",
        "<a href='mailto:ada@tea.example'>Ada Kettle</a>, Bo Cup &lt;bo@tea.example&gt;",
        "Ada Kettle (ada@tea.example), Bo Cup (bo+cup@tea.example)",
        "Ada Kettle ada@tea.example, Bo Cup: bo@tea.example",
        "Ada Kettle [ada@tea.example](mailto:ada@tea.example), Bo Cup",
        "['Ada Kettle <ada@tea.example>', 'Bo Cup']",
        "Ada Kettle {ada@tea.example} and Bo Cup",
    ],
)
def test_two_authors_are_two_however_they_are_listed(cell: str):
    assert authors_of(cell) == ["Ada Kettle", "Bo Cup"]


@pytest.mark.parametrize(
    ("cell", "authors"),
    [
        ("Kettle, Ada; Cup, Bo", ["Kettle, Ada", "Cup, Bo"]),
        ("van der Cup, Bo; Kettle, Ada Mary", ["van der Cup, Bo", "Kettle, Ada Mary"]),
        ("Kettle, Ada and Cup, Bo", ["Kettle, Ada", "Cup, Bo"]),
        ("Kettle, Ada<br>Cup, Bo, Jr.", ["Kettle, Ada", "Cup, Bo, Jr."]),
        ("Ada Kettle, Bo Cup; Cy Pot", ["Ada Kettle", "Bo Cup", "Cy Pot"]),
        ("Ada Kettle, Bo Cup<br>Cy Pot, Di Pan", ["Ada Kettle", "Bo Cup", "Cy Pot", "Di Pan"]),
        ("Ada Kettle et al.", ["Ada Kettle"]),
        ("et al.", []),
        ("Ann <ann@x.org>", ["Ann"]),
        ("Kettle, Ada <ada@x.org>; Cup, Bo", ["Kettle, Ada", "Cup, Bo"]),
        ("ann@x.org", ["ann@x.org"]),
        ("<ann@x.org>, Bo", ["ann@x.org", "Bo"]),
        ("Team @Tea, Ann", ["Team @Tea", "Ann"]),
        ("AT&amp;Tea, Zo&eacute; Cup&#39;s", ["AT&Tea", "Zo\u00e9 Cup's"]),
        ("Tea and Milk Research Team", ["Tea and Milk Research Team"]),
        ("Andy Band, Sandra Andersen", ["Andy Band", "Sandra Andersen"]),
        ("brewmaster7, AT&Tea", ["brewmaster7", "AT&Tea"]),
        ("['Kettle, Ada', 'Cup & Co']", ["Kettle, Ada", "Cup & Co"]),
        ("Ada Kettle, Jr., Bo", ["Ada Kettle", "Jr.", "Bo"]),
        ("Ada, Ada", ["Ada", "Ada"]),
        ("Ada O'Cup, 'Bo' Pan", ["Ada O'Cup", "'Bo' Pan"]),
        ("Ada [Tea House], Bo (Milk)", ["Ada [Tea House]", "Bo (Milk)"]),
        ("Ada and bo@x.org; cy@x.org", ["Ada", "bo@x.org", "cy@x.org"]),
        ("Jose\u0301, Jos\u00e9, Ann\u200b Lee, Ann Lee, O\u2019Neil", ["Jos\u00e9", "Ann Lee", "O\u2019Neil"]),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"]),
        ("N/A", []),
        ("[]", []),
    ],
)
def test_authors_are_the_names_of_the_cell(cell: str, authors: list[str]):
    assert authors_of(cell) == authors


@pytest.mark.parametrize(
    "cell",
    [
        "Tea; Hot Milk",
        "Tea；Hot Milk",
        "Tea<br>Hot Milk",
        "`Tea`, `Hot Milk`",
        "`Tea` `Hot Milk`",
        "('Tea', 'Hot Milk')",
        "{'Tea', 'Hot Milk'}",
        '{"Tea", "Hot Milk"}',
        '["Tea", "Hot\\u0020Milk"]',
        "set(['Tea', 'Hot Milk'])",
        "frozenset({'Tea', 'Hot Milk'})",
        "['Tea'; 'Hot Milk']",
        "['Tea' 'Hot Milk']",
        "['Tea']['Hot Milk']",
        "['Tea'], ['Hot Milk']",
        '["Tea"]; ["Hot Milk"]',
        "**Tea**, *Hot Milk*",
        "[Tea](#tea), [Hot Milk](#milk)",
        "<b>Tea</b>, Hot Milk",
        "![Tea](https://img.example/tea.svg) , ![Hot Milk](https://img.example/milk.svg)",
        "['Tea\x1b', 'Hot\x0bMilk\ufffe']",
        "Tea\u2028, Hot\u2029Milk",
    ],
)
def test_two_labels_are_two_however_they_are_listed(cell: str):
    assert labels_of(cell) == ["Tea", "Hot Milk"]


@pytest.mark.parametrize(
    ("cell", "labels"),
    [
        ("('Tea',)", ["Tea"]),
        ("()", []),
        ("set()", []),
        ("{}", []),
        ("['Language (LLM)', 'Q&A, Short']", ["Language (LLM)", "Q&A, Short"]),
        ("Q&A; Tea/Milk", ["Q&A", "Tea/Milk"]),
        ("['Q&amp;A', 'Tea &lt;hot&gt;', 'R&D']", ["Q&A", "Tea <hot>", "R&D"]),
        ("Q&amp;A; Tea/Milk", ["Q&A", "Tea/Milk"]),
        ("['C++', 'x_y', 'a*']", ["C++", "x_y", "a*"]),
    ],
)
def test_labels_keep_what_is_theirs(cell: str, labels: list[str]):
    assert labels_of(cell) == labels


@pytest.mark.parametrize(
    "cell", ['["Tea", "\\u0041' + "[" * 5000, f'["Tea", "\\u0041", {"7" * 5000}]', '["Tea", "\\u0041", 7]']
)
def test_list_that_json_cannot_hold_is_read_as_another_text_is(cell: str):
    assert labels_of(cell)[0] == "Tea"


@pytest.mark.parametrize("sign", ["\x00", "\x01", "\x08", "\x0b", "\x0c", "\x1b", "\x1f", "\ufffe", "\uffff", "\u2028"])
def test_no_cell_that_is_drawn_or_charted_holds_what_xml_forbids(sign: str):
    parsed = parse(SIX + row(1, title=f"A{sign}B", tasks=f"['C{sign}D', 'E']").replace("Ada", f"F{sign}G"))
    listing = parsed.listings.row(0, named=True)
    for text in (listing["title"], *listing["authors"], *listing["tasks"]):
        assert sign not in text
        assert text.isprintable()
