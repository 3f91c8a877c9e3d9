"""Rules of ours where sqlglot's words for Spark would be refused, or would silently mean something else.

Each rewrites one kind of expression of DuckDB's SQL, before sqlglot writes the whole in Spark's. What Spark has no
equal for is an UntranslatableError: a wrong row is worse than none. tests/spark/test_dialect.py has an example of each.
"""

from collections.abc import Callable
from typing import Any

from sqlglot import exp

# What Spark calls its own, and what our workers do (pipeline/spark/functions.py).
SPARK_FUNCTIONS = {
    *("array_intersect", "array_size", "arrays_overlap", "convert_timezone", "conv", "date_part", "exists"),
    *("get_json_object", "inline", "md5", "regexp_replace", "reverse", "try_element_at", "weekday", "weekofyear"),
    *("array_join", "array_sort", "collect_set", "map_entries"),
}
RENAMED = {"list_intersect": "array_intersect"}


class UntranslatableError(Exception):
    """A statement has something that Spark has no equal for; the message says what."""


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def refuse(found: exp.Expr, why: str) -> UntranslatableError:
    return UntranslatableError(f"{found.sql('duckdb')[:80]}: {why}")


def name_staging(table: exp.Table) -> exp.Expr:
    """Views of Spark have no schema of their own, so staging.listing is staging__listing, and still called listing."""
    if table.db != "staging":
        return table
    alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name))
    return exp.Table(this=exp.to_identifier(f"staging__{table.name}"), alias=alias)


def unnest_join(join: exp.Join) -> exp.Expr:
    """Make a joined unnest() a lateral view. `with ordinality` counts from 1, and Spark's posexplode from 0."""
    if str(join.args.get("method") or "").upper() == "ASOF":
        raise refuse(join, "Spark has no asof join: join on a range of time")
    unnest = join.this
    if not isinstance(unnest, exp.Unnest):
        return join
    alias = unnest.args["alias"]
    (value,) = unnest.expressions
    columns = list(alias.columns)
    if place := unnest.args.get("offset"):
        value = call("inline", numbered(value, columns[0], place))
        columns.append(exp.to_identifier(place.name))
    else:
        value = exp.Explode(this=value)
    named = exp.TableAlias(this=alias.this, columns=columns)
    join.parent.append("laterals", exp.Lateral(this=value, view=True, alias=named))  # pyright: ignore[reportOptionalMemberAccess]
    return exp.Join()  # marks it as gone


def numbered(value: exp.Expr, name: exp.Expr, place: exp.Expr) -> exp.Expr:
    """Return a list of structures of each value and its place, from 1."""
    pair = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name.name), expression=exp.column("v")),
            exp.PropertyEQ(
                this=exp.to_identifier(place.name),
                expression=exp.Add(this=exp.column("i"), expression=exp.Literal.number(1)),
            ),
        ]
    )
    step = exp.Lambda(this=pair, expressions=[exp.to_identifier("v"), exp.to_identifier("i")])
    return exp.Transform(this=value, expression=step)


def unnest_alone(found: exp.Explode) -> exp.Expr:
    inside = found.parent.unalias() if isinstance(found.parent, exp.Alias) else found.parent
    if inside is not found and not isinstance(found.parent, exp.Select | exp.Lateral):
        raise refuse(found, "Spark unnests alone, not within an expression: cross join unnest()")
    return found


def extreme(found: exp.ArgMax | exp.ArgMin) -> exp.Expr:
    """DuckDB looks at rows with a value alone; Spark would answer null where the row at the extreme has none."""
    has_value = exp.Not(this=exp.Is(this=found.this.copy(), expression=exp.Null()))
    if isinstance(found.parent, exp.Filter):
        condition = found.parent.expression
        condition.set("this", exp.and_(condition.this.copy(), has_value))
        return found
    return exp.Filter(this=found.copy(), expression=exp.Where(this=has_value))


def first_of(found: exp.First) -> exp.Expr:
    """first(x order by a, b) is what stands at the least of a and b."""
    if not isinstance(found.this, exp.Order) or any(key.args.get("desc") for key in found.this.expressions):
        raise refuse(found, "Spark has no order within first(): only ascending keys are known")
    keys = [key.this.copy() for key in found.this.expressions]
    return exp.ArgMin(this=found.this.this.copy(), expression=exp.Tuple(expressions=keys))


def read_json(found: exp.JSONExtractScalar) -> exp.Expr:
    """Spark reads JSON in text, null where it is none, as try_cast does; a key with a hyphen stands in quotes."""
    inner, path = found.this, found.expression
    keys = [part.this for part in path.expressions if isinstance(part, exp.JSONPathKey)]
    if not isinstance(inner, exp.TryCast) or len(keys) + 1 != len(path.expressions):
        raise refuse(found, "only try_cast(text as json) ->> '$.key' is known")
    text = "$" + "".join(f"['{key}']" for key in keys)
    return call("get_json_object", inner.this.copy(), exp.Literal.string(text))


def key_of_md5(found: exp.BitwiseRightShift) -> exp.Expr:
    """md5_number_lower() reads the last eight bytes backwards; Spark has a text of hexadecimal digits."""
    if not (isinstance(found.this, exp.Anonymous) and found.this.name.lower() == "md5_number_lower"):
        return found
    digits = call("md5", found.this.expressions[0].copy())
    backwards = call("reverse", exp.Substring(this=digits, start=number(17), length=number(16)))
    text = call("regexp_replace", backwards, exp.Literal.string("(.)(.)"), exp.Literal.string("$2$1"))
    unsigned = exp.cast(call("conv", text, number(16), number(10)), "decimal(20, 0)")
    return exp.Paren(this=exp.IntDiv(this=unsigned, expression=number(2)))


def number(value: int) -> exp.Expr:
    return exp.Literal.number(value)


def replace_every(found: exp.RegexpReplace) -> exp.Expr:
    flags = found.args.get("modifiers")
    if flags is None or flags.name != "g":
        raise refuse(found, "Spark replaces every match: say 'g'")
    return found


def match_whole(found: exp.RegexpFullMatch) -> exp.Expr:
    if not isinstance(found.expression, exp.Literal):
        raise refuse(found, "only a pattern that stands there is known")
    pattern = exp.Literal.string(f"^(?:{found.expression.name})\\z")
    return exp.Paren(this=exp.RegexpLike(this=found.this.copy(), expression=pattern))


def join_list(found: exp.ArrayToString) -> exp.Expr:
    """An empty list has no text in DuckDB, and an empty text in Spark."""
    return join_values(found.this, found.expression)


def join_values(values: exp.Expr, separator: exp.Expr) -> exp.Expr:
    empty = exp.EQ(this=call("array_size", values.copy()), expression=number(0))
    joined = call("array_join", values.copy(), separator.copy())
    return exp.Case(ifs=[exp.If(this=empty, true=exp.Null())], default=joined)


def join_group(found: exp.GroupConcat) -> exp.Expr:
    """Spark 4.2 fails on its own listagg() of distinct values with a filter, so they are collected and sorted."""
    distinct = found.this.this if isinstance(found.this, exp.Order) else None
    keys = found.this.expressions if isinstance(found.this, exp.Order) else []
    by_itself = isinstance(distinct, exp.Distinct) and [key.this for key in keys] == distinct.expressions
    if not by_itself or any(key.args.get("desc") for key in keys):
        raise refuse(found, "only string_agg(distinct x, ' ' order by x) is known")
    collected: exp.Expr = call("collect_set", keys[0].this.copy())
    if isinstance(found.parent, exp.Filter):
        collected = exp.Filter(this=collected, expression=found.parent.expression.copy())
    joined = join_values(call("array_sort", collected), found.args["separator"])
    if isinstance(found.parent, exp.Filter):
        found.parent.replace(joined)
        return found
    return joined


def element(found: exp.Bracket) -> exp.Expr:
    """list[place]: from 1, and null beyond its ends."""
    (place,) = found.expressions
    if isinstance(place, exp.Literal):  # sqlglot has taken 1 away already, unless it is a map or a text
        raise refuse(found, "only list[expression] is known: write left() for a letter")
    return call("try_element_at", found.this.copy(), place.copy())


def no_filter_in_window(found: exp.Window) -> exp.Expr:
    if isinstance(found.this, exp.Filter):
        raise refuse(found, "Spark has no filter in a window: count(case when … then 1 end)")
    return found


def plain_union(found: exp.SetOperation) -> exp.Expr:
    if found.args.get("by_name"):
        raise refuse(found, "Spark's SQL has no union by name: same columns in the same order")
    return found


def star(found: exp.Star) -> exp.Expr:
    if found.args.get("replace"):
        raise refuse(found, "Spark has no `* replace`: exclude the column, and say it after")
    return found


def by_name(found: exp.Anonymous) -> exp.Expr:
    """Functions that sqlglot hands on as they are."""
    name = found.name.lower()
    if name == "timezone":
        zone, moment = found.expressions
        return call("convert_timezone", moment.args["zone"].copy(), zone.copy(), moment.this.copy())
    if name == "regexp_escape":
        pattern, replaced = exp.Literal.string("([^A-Za-z0-9_])"), exp.Literal.string("\\\\$1")
        return call("regexp_replace", found.expressions[0].copy(), pattern, replaced)
    if name == "list_bool_or":
        given = exp.Lambda(this=exp.column("v"), expressions=[exp.to_identifier("v")])
        return call("exists", found.expressions[0].copy(), given)
    if name == "isoyear":
        return call("date_part", exp.Literal.string("YEAROFWEEK"), found.expressions[0].copy())
    if name == "list_aggregate" and found.expressions[1].name == "histogram":
        return call("histogram", found.expressions[0].copy())
    if name in RENAMED:
        return call(RENAMED[name], *(argument.copy() for argument in found.expressions))
    return found


RULES: tuple[tuple[type[Any], Callable[[Any], exp.Expr]], ...] = (
    (exp.Table, name_staging),
    (exp.Join, unnest_join),
    (exp.Explode, unnest_alone),
    (exp.ArgMax, extreme),
    (exp.ArgMin, extreme),
    (exp.First, first_of),  # after these two, since it is one of them that looks at every row
    (exp.JSONExtractScalar, read_json),
    (exp.BitwiseRightShift, key_of_md5),
    (exp.RegexpReplace, replace_every),
    (exp.RegexpFullMatch, match_whole),
    (exp.ArrayToString, join_list),
    (exp.GroupConcat, join_group),
    (exp.Bracket, element),
    (exp.Window, no_filter_in_window),
    (exp.SetOperation, plain_union),
    (exp.Star, star),
    (exp.ArraySize, lambda found: call("array_size", found.this.copy())),
    (exp.ArrayOverlaps, lambda found: call("arrays_overlap", found.this.copy(), found.expression.copy())),
    (exp.DayOfWeekIso, lambda found: exp.paren(exp.Add(this=call("weekday", found.this.copy()), expression=number(1)))),
    (exp.Week, lambda found: call("weekofyear", found.this.copy())),
    (exp.Anonymous, by_name),
)
