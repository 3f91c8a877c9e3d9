"""How much room things take."""

from pathlib import Path

from pipeline.read.status import read_sizes, sizes_line


def test_each_part_is_counted_with_its_folders(tmp_path: Path) -> None:
    (tmp_path / "raw" / "loose").mkdir(parents=True)
    (tmp_path / "raw" / "manifest.jsonl").write_bytes(bytes(1_000_000))
    (tmp_path / "raw" / "loose" / "one").write_bytes(bytes(500_000))
    (tmp_path / "home" / "history").mkdir(parents=True)
    (tmp_path / "home" / "history" / "runs.db").write_bytes(bytes(2_000_000))
    sizes = read_sizes(tmp_path, tmp_path / "home")
    assert sizes == {"raw": 1_500_000, "private": 0, "published": 0, "history": 2_000_000}
    assert sizes_line(sizes) == "on disk: raw/ 1.5 MB, private/ 0.0 MB, published/ 0.0 MB, Dagster's history 2.0 MB"


def test_a_link_to_the_published_file_counts_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "papers.duckdb").symlink_to(tmp_path / "elsewhere")
    assert read_sizes(tmp_path, tmp_path / "home")["published"] < 1_000
