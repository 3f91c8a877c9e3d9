"""Our SQL in Spark's words: what sqlglot alone would get wrong, what is refused, and that every file translates."""

import pytest

from pipeline.core import sql_files
from pipeline.core.errors import EngineError
from pipeline.spark.dialect import Statement, spark_type, translate, translate_text

FILE = "sql/load/example.sql"


def query_of(text: str) -> str:
    """The one statement's query in Spark's words, on one line."""
    (statement,) = translate_text(f"create temp table made as {text}", FILE)
    return " ".join(statement.query.split())


def test_places_count_from_1_as_in_duckdb():
    query = query_of("select name, place from t cross join unnest(t.names) with ordinality as u (name, place)")
    assert (
        "LATERAL VIEW inline(TRANSFORM(t.names, (v, i) -> STRUCT(v AS name, i + 1 AS place))) u AS name, place" in query
    )
    assert "POSEXPLODE" not in query.upper()


def test_a_list_of_structures_keeps_them_whole_beside_its_places():
    query = query_of("select u.a.name from t cross join unnest(t.authors) with ordinality as u (a, place)")
    assert "STRUCT(v AS a, i + 1 AS place)" in query


def test_a_list_without_places_is_exploded():
    assert "LATERAL VIEW EXPLODE(t.names) u AS name" in query_of(
        "select name from t cross join unnest(t.names) as u (name)"
    )


def test_qualify_in_a_view_stays_where_it_is():
    text = "create temp view newest as select a from t qualify row_number() over (partition by a order by b desc) = 1"
    (statement,) = translate_text(text, FILE)
    assert (statement.kind, statement.name) == ("view", "newest")
    assert "QUALIFY ROW_NUMBER() OVER" in " ".join(statement.query.split())


def test_a_length_of_a_list_is_null_where_there_is_none():
    assert query_of("select array_length(names) as n from t") == "SELECT array_size(names) AS n FROM t"


def test_an_insert_is_its_query_with_what_stands_before_it():
    text = "delete from t; insert into t by name with a as (select 1 as x) select x from a"
    (statement,) = translate_text(text, FILE)
    assert (statement.kind, statement.name) == ("star", "t")
    assert " ".join(statement.query.split()) == "WITH a AS ( SELECT 1 AS x ) SELECT x FROM a"


def test_a_temporary_table_is_a_table_and_a_view_a_view():
    made = translate_text("create or replace temp table a as from b; create or replace temp view c as from d", FILE)
    assert made == [
        Statement("table", "a", "SELECT\n  *\nFROM b"),
        Statement("view", "c", "SELECT\n  *\nFROM d"),
    ]


@pytest.mark.parametrize(
    ("duckdb", "spark"),
    [
        ("isodow(d)", "( weekday(d) + 1 )"),  # sqlglot: Sunday is 2
        ("week(d)", "weekofyear(d)"),
        ("isoyear(d)", "date_part('YEAROFWEEK', d)"),
        ("arg_max(a, (b, c))", "MAX_BY(a, (b, c)) FILTER(WHERE NOT a IS NULL)"),
        ("arg_min(a, b) filter (where c)", "MIN_BY(a, b) FILTER(WHERE c AND NOT a IS NULL)"),
        ("first(a order by b, c)", "MIN_BY(a, (b, c))"),
        ("list_has_any(a, b)", "arrays_overlap(a, b)"),
        ("list_intersect(a, b)", "array_intersect(a, b)"),
        ("a[b + 1]", "try_element_at(a, b + 1)"),
        ("try_cast(a as json) ->> '$.\"x-b\"'", "get_json_object(a, '$[\\'x-b\\']')"),
        ("array_to_string(a, '')", "CASE WHEN array_size(a) = 0 THEN NULL ELSE array_join(a, '') END"),
        (
            "string_agg(distinct a, ' ' order by a) filter (not b)",
            "CASE WHEN array_size(array_sort(collect_set(a) FILTER(WHERE NOT b))) = 0 THEN NULL "
            "ELSE array_join(array_sort(collect_set(a) FILTER(WHERE NOT b)), ' ') END",
        ),
        ("regexp_replace(a, 'b', 'c', 'g')", "REGEXP_REPLACE(a, 'b', 'c')"),
        ("list_bool_or(a)", "exists(a, v -> v)"),
        ("timezone('Europe/Paris', a at time zone 'UTC')", "convert_timezone('UTC', 'Europe/Paris', a)"),
        ("null::timestamp", "CAST(NULL AS TIMESTAMP_NTZ)"),
        ("list_aggregate(a, 'histogram')", "histogram(a)"),
    ],
)
def test_an_expression_means_the_same(duckdb: str, spark: str):
    assert query_of(f"select {duckdb} as e from t") == f"SELECT {spark} AS e FROM t"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("select * from a asof join b on a.x = b.x and a.y >= b.y", "Spark has no asof join"),
        ("select regexp_replace(a, 'b', 'c') from t", "say 'g'"),
        ("select count(*) filter (where a) over (partition by b) from t", "no filter in a window"),
        ("select t.* replace (1 as a) from t", "no `* replace`"),
        ("select a from t union all by name select a from u", "no union by name"),
        ("select key_of(unnest(a)) from t", "Spark unnests alone"),
        ("select first(a order by b desc) from t", "only ascending keys"),
        ("select string_agg(a, ' ' order by b) from t", "only string_agg(distinct x"),
        ("select word[1] from t", "write left() for a letter"),
        ("select jaro_similarity(a, b) from t", "Spark has no"),
        ("select epoch_us(a) from t", "Spark has no"),
    ],
)
def test_what_spark_cannot_say_is_refused_with_the_file_and_the_reason(text: str, why: str):
    with pytest.raises(EngineError, match=f"^{FILE} cannot be translated for Spark: ") as refused:
        query_of(text)
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_statement_of_another_kind_is_refused():
    with pytest.raises(EngineError, match="a statement of another kind, update"):
        translate_text("update t set a = 1", FILE)


def test_sql_that_nobody_can_read_is_refused():
    with pytest.raises(EngineError, match=FILE):
        translate_text("select from where (", FILE)


def test_keys_are_the_macros_of_their_file():
    query = query_of("select key_of(a) as k from t")
    digits = "regexp_replace(reverse(SUBSTRING(md5(a), 17, 16)), '(.)(.)', '$2$1')"
    assert f"CAST(conv({digits}, 16, 10) AS DECIMAL(20, 0)) DIV 2" in query


def test_a_table_of_staging_is_a_view_with_a_name_of_its_own_and_is_called_as_before():
    assert query_of("select listing.a from staging.listing") == "SELECT listing.a FROM staging__listing AS listing"


def test_every_file_of_a_load_translates():
    assert {statement.kind for statement in translate("staging", "views")} == {"view"}
    loaded = {s.name for name in sql_files.names("load") for s in translate("load", name) if s.kind == "star"}
    assert loaded == set(sql_files.names("load")) - {"scope"}


def test_types_are_sparks():
    assert spark_type('STRUCT("name" VARCHAR, affiliations VARCHAR[])[]').replace("`", "") == (
        "ARRAY<STRUCT<name: STRING, affiliations: ARRAY<STRING>>>"
    )
    assert spark_type("TIMESTAMP") == "TIMESTAMP_NTZ"
