"""The kinds of triggers that keep the invariants of tables: append-only, kept, unchanged, referred to, checked when
added.

django-pgtrigger keeps them beside their models and in the migrations. Its own functions look for a setting by which a
session switches triggers off. Ours have no such switch: the database refuses in every session, and no row pays for the
look-up."""

from typing import ClassVar

import pgtrigger
from django.db import models
from pgtrigger import compiler

VIOLATION = "integrity_constraint_violation"
CHANGES = pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate


class TriggerSql(compiler.UpsertTriggerSql):
    """The SQL of a function and its trigger. Migrations refer to this class: a template that has been released
    stays."""

    settings = ""

    def get_template(self) -> str:
        return f"""
            CREATE OR REPLACE FUNCTION {{pgid}}() RETURNS trigger LANGUAGE plpgsql {self.settings} AS $$
            {{declare}}
            BEGIN
                {{func}}
            END $$;

            DROP TRIGGER IF EXISTS {{pgid}} ON {{table}};
            CREATE TRIGGER {{pgid}} {{when}} {{operation}} ON {{table}} {{referencing}}
                FOR EACH {{level}} {{condition}} EXECUTE FUNCTION {{execute}};

            COMMENT ON TRIGGER {{pgid}} ON {{table}} IS '{{hash}}';
        """


class KeyedTriggerSql(TriggerSql):
    """A session keeps the plan of its first small batch: it must be look-ups by key, or a large batch later would scan
    whole tables for every row."""

    settings = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"


class Trigger(pgtrigger.Trigger):
    """A trigger of pgtrigger with a function of our own."""

    sql_class: ClassVar[type[TriggerSql]] = TriggerSql

    def compile(
        self, model: models.Model
    ) -> compiler.Trigger:  # `model` is a class, which pgtrigger's annotation does not say
        return compiler.Trigger(
            name=self.name,
            sql=self.sql_class(
                pgid=self.get_pgid(model),
                declare=self.render_declare(model),
                func=self.render_func(model).strip(),
                table=model._meta.db_table,
                when=self.when,
                operation=self.operation,
                referencing=self.referencing or "",
                level=self.level,
                condition=self.render_condition(model),
                execute=self.render_execute(model),
            ),
        )


class KeyedTrigger(Trigger):
    sql_class = KeyedTriggerSql


class MetaForTriggers:
    """What the Meta of a proxy says that is only there to add triggers to a table of another noun."""

    proxy = True
    default_permissions = ()


def raised(message: str, *arguments: str, errcode: str = VIOLATION) -> str:
    """The statement that refuses; `arguments` are the SQL of the `%` in the message."""
    text = ", ".join(["'" + message.replace("'", "''") + "'", *arguments])
    return f"RAISE EXCEPTION {text} USING ERRCODE = '{errcode}';"


def refused(
    name: str,
    operation: pgtrigger.Operation,
    message: str,
    *arguments: str,
    when: pgtrigger.When = pgtrigger.Before,
    level: pgtrigger.Level = pgtrigger.Statement,
    condition: str = "",
) -> Trigger:
    """Every operation that fires it is refused; a condition is one of rows."""
    return Trigger(
        name=name,
        level=pgtrigger.Row if condition else level,
        when=when,
        operation=operation,
        condition=pgtrigger.Condition(condition) if condition else None,
        func=raised(message, *arguments),
    )


def append_only(name: str) -> Trigger:
    """Rows are only added."""
    return refused(name, CHANGES, "rows of % are only added: % refused", "TG_TABLE_NAME", "TG_OP")


def kept(name: str) -> Trigger:
    """Records of sales and money stay whether others refer to them or not (E-Commerce Law, Art. 31)."""
    message = "records of sales and money are kept: DELETE from % refused"
    return refused(name, pgtrigger.Delete, message, "TG_TABLE_NAME")


def unchanged(name: str, *columns: str) -> Trigger:
    """These columns of a row never change: other rows were checked against them.

    AFTER, since a BEFORE trigger of rows locks each row that is updated, whatever columns it is of."""
    operation = pgtrigger.UpdateOf(*columns)  # type: ignore[no-untyped-call]
    message = "what a row of % is, and is of, stays: UPDATE refused"
    return refused(name, operation, message, "TG_TABLE_NAME", when=pgtrigger.After, condition=changed(*columns))


def changed(*columns: str) -> str:
    """The condition that one of the columns changes."""
    new, old = (", ".join(f"{row}.{column}" for column in columns) for row in ("NEW", "OLD"))
    return f"ROW({new}) IS DISTINCT FROM ROW({old})"


def named_stays(name: str, table: str, column: str) -> Trigger:
    """The other half of a foreign key that has no constraint: a row to which `table` refers in `column` is not
    deleted."""
    message = raised("% % is named by %", "TG_TABLE_NAME", "OLD.id", f"'{table}'", errcode="foreign_key_violation")
    return KeyedTrigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Delete,
        func=f"IF EXISTS (SELECT FROM {table} WHERE {column} = OLD.id) THEN {message} END IF; RETURN OLD;",
    )


def rows_checked(
    name: str, operation: pgtrigger.Operation, wrong: str, message: str, *arguments: str, condition: str = ""
) -> Trigger:
    """Each row (of which the condition holds) is checked before the operation, and refused when `wrong` holds. A
    deletion needs a trigger of its own: it proceeds only when OLD is returned, the other operations when NEW is."""
    row = "OLD" if operation is pgtrigger.Delete else "NEW"
    return Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=operation,
        condition=pgtrigger.Condition(condition) if condition else None,
        func=f"IF {wrong} THEN {raised(message, *arguments)} END IF; RETURN {row};",
    )


def checked(
    name: str, wrong: str, message: str, *, rows: str = "added", operation: pgtrigger.Operation = pgtrigger.Insert
) -> Trigger:
    """Rows that a statement adds are right, or all are refused: the condition `wrong` on the table `rows` does not
    hold. One join a statement, instead of a look-up a row and field as foreign keys have it."""
    func = f"IF {wrong} THEN {raised(message)} END IF; RETURN NULL;"
    return _after_statement(KeyedTrigger, name, operation, rows, func)


def followed(name: str, statement: str, *, rows: str) -> Trigger:
    """A statement that adds rows is followed by another one, which finds them in the table `rows`."""
    return _after_statement(Trigger, name, pgtrigger.Insert, rows, f"{statement}\nRETURN NULL;")


def _after_statement(kind: type[Trigger], name: str, operation: pgtrigger.Operation, rows: str, func: str) -> Trigger:
    referencing = pgtrigger.Referencing(new=rows)  # type: ignore[no-untyped-call]
    return kind(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=referencing,
        func=func,
    )
