"""Parts of names, found by an index: of every name the pairs of characters that stand in it.

The database needs no extension for it (the embedded one has none), and a pair is as telling in Chinese as three letters
are in English. Pairs carry a scope, such as a brand's number, so that one tenant's search never reads another's names.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Expression, F, Func, Model, QuerySet, TextField, Value
from django.db.models.functions import Concat

START = "^"  # stands before a name, so that a single character finds the names that begin with it

# Both are one expression of built-in functions, so that the planner puts it where they are called: a function that is
# called for each row would take ten times as long.
CREATE = r"""
CREATE FUNCTION folded_name(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT replace(lower(normalize(name, NFKC)), ' ', '_')
$$;
CREATE FUNCTION character_pairs(scope bigint, folded text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT array_remove(array_remove(string_to_array(
    regexp_replace(folded, '(..)|.', scope::text || ':\1 ', 'g')
    || regexp_replace(substr(folded, 2), '(..)|.', scope::text || ':\1 ', 'g'), ' '), ''), scope::text || ':')
$$;
"""
DROP = "DROP FUNCTION character_pairs(bigint, text); DROP FUNCTION folded_name(text);"


class FoldedName(Func):
    """A name as it is compared: one width and one case, `_` for a blank. `Ａｎｎ 小林` → `ann_小林`."""

    function = "folded_name"
    output_field = TextField()


class CharacterPairs(Func):
    """The pairs of neighbouring characters of a folded name, with their scope: (12, `^王小`) → {12:^王, 12:王小}."""

    function = "character_pairs"
    output_field = ArrayField(TextField())


def pairs_of(scope: str, name: str) -> Expression:
    """What an index of names holds: `GinIndex(pairs_of("brand_id", "name"), name=…)`. `scope` and `name` are columns."""
    return CharacterPairs(F(scope), Concat(Value(START), FoldedName(F(name)), output_field=TextField()))


def with_name_part(rows: QuerySet[Any], text: str, *, scope: str, number: int, field: str) -> QuerySet[Any]:
    """The rows of one scope with a part of a name. A single character finds the names that begin with it."""
    folded = FoldedName(Value(text))
    wanted = Concat(Value(START), folded, output_field=TextField()) if len(text) == 1 else folded
    rows = (
        rows.filter(**{scope: number})
        .exclude(**{field: ""})
        .alias(
            name_pairs=pairs_of(scope, field),
            folded=Concat(Value(START), FoldedName(F(field)), output_field=TextField()),
        )
    )
    return rows.filter(
        name_pairs__contains=CharacterPairs(Value(number, output_field=BigIntegerField()), wanted),
        folded__contains=wanted,
    )


def is_in_pairs(model: type[Model], field: str) -> bool:
    """Whether an index holds the pairs of a column."""
    return any(
        any(getattr(part, "name", None) == field for part in expression.flatten())
        for index in model._meta.indexes
        for expression in index.expressions
        if isinstance(expression, CharacterPairs)
    )
