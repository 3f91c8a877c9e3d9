"""What a person is told who has no Spark, no Java, or no cluster: one line each, and soon."""

import socket
from pathlib import Path

import pytest

from pipeline.core.errors import EngineError
from pipeline.spark import session
from pipeline.spark.exchange import Exchange


def fake_java(home: Path, version: str) -> None:
    """A program that answers as Java of a version does."""
    (home / "bin").mkdir(parents=True)
    java = home / "bin" / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    java.chmod(0o755)


def test_without_the_extra_its_name_is_said(monkeypatch):
    monkeypatch.setattr(session, "MODULES", ("json", "no_such_engine"))
    with pytest.raises(EngineError, match=r"^no_such_engine not installed: pip install .*\[spark\]"):
        session.raise_unless_installed()


def test_without_java_the_place_is_said_where_it_was_looked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineError, match=rf"^{tmp_path}/bin/java is not there: Spark needs Java 17 or newer"):
        session.raise_unless_java()
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match=r"^java is not there"):
        session.raise_unless_java()


@pytest.mark.parametrize(("version", "is_enough"), [("11.0.2", False), ("1.8.0_412", False), ("17.0.15", True)])
def test_java_must_be_new_enough(version: str, is_enough: bool, monkeypatch, tmp_path):
    fake_java(tmp_path, version)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    if is_enough:
        session.raise_unless_java()
        return
    with pytest.raises(EngineError, match=r"is of version (11|1): Spark needs Java 17"):
        session.raise_unless_java()


def test_a_java_that_does_not_run_is_said(monkeypatch, tmp_path):
    fake_java(tmp_path, "17")
    (tmp_path / "bin" / "java").write_text("#!/bin/sh\nexit 3\n")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineError, match="does not run"):
        session.raise_unless_java()


@pytest.mark.parametrize("master", ["yarn", "spark://", "spark://host", "http://host:1", "spark://host:1/x", "local"])
def test_an_address_of_another_kind_is_refused(master: str):
    with pytest.raises(EngineError, match=r"expected spark://host:port, or local\[2\]"):
        session.raise_unless_reached(master)


def test_a_master_that_does_not_answer_is_named():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        master = f"spark://127.0.0.1:{bound.getsockname()[1]}"  # bound, but nobody listens
        with pytest.raises(EngineError, match=rf"^{master} cannot be reached \(.*refused\)"):
            session.raise_unless_reached(master)


def test_one_of_several_masters_is_enough():
    with socket.socket() as bound, socket.create_server(("127.0.0.1", 0)) as listening:
        bound.bind(("127.0.0.1", 0))
        ports = bound.getsockname()[1], listening.getsockname()[1]
        session.raise_unless_reached(f"spark://127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}")


def test_of_a_long_error_one_line_is_shown():
    told = ValueError("in a worker:\nTraceback (most recent call last):\n  File x\nKeyError: 'a'\n\nmore")
    assert session.first_line(told) == "KeyError: 'a'"
    assert session.first_line(ValueError("one\ntwo")) == "one"
    assert session.first_line(OSError()) == "OSError"


def test_a_folder_with_files_of_others_is_not_emptied(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(EngineError, match="is not empty and not from an earlier rebuild"):
        Exchange(tmp_path).clear()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_folder_of_an_earlier_rebuild_is_emptied(tmp_path):
    exchange = Exchange(tmp_path / "shared")
    exchange.clear()
    (exchange.folder / "star" / "old").touch()
    exchange.clear()
    assert not list((exchange.folder / "star").iterdir())
