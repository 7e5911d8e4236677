//! `LIKE table [INCLUDING ... | EXCLUDING ...]` in CREATE TABLE: columns copied, and what is asked for besides.
//!
//! Foreign keys are never copied. Keys and indexes get names of their own, checks keep theirs; an identity gets a sequence of
//! its own. Source: PostgreSQL documentation, CREATE TABLE.

use bowline_core::catalog::{
    Catalog, Check, Column, ColumnId, ConstraintId, Identity, Index, IndexDeclaration, NotNull, Relation, RelationName,
    Sequence, SequenceId, Table, constraint_name,
};
use datafusion::sql::sqlparser::ast::{CheckConstraint, ColumnDef, ColumnOption};

use super::super::names;
use super::super::scope::Scope;
use super::constraints::{KeySpec, refuse_taken, relation_taken};
use super::create_as::{columns_of, relation_query};
use super::declared::Declared;
use super::expressions::parsed;
use crate::error::Error;

/// A LIKE clause.
pub(super) struct Like {
    name: RelationName,
    options: Options,
}

/// What is copied besides names, types and NOT NULL.
#[derive(Debug, Default, Clone, Copy)]
struct Options {
    defaults: bool,
    constraints: bool,
    indexes: bool,
    identity: bool,
    generated: bool,
    comments: bool,
}

impl Like {
    /// Reads the clause off the column definition that stands for it. Errors: 42601 for an unknown option.
    pub fn new(catalog: &Catalog, marked: &ColumnDef, words: &[&str]) -> Result<Like, Error> {
        let references = marked.options.iter().find_map(|option| match &option.option {
            ColumnOption::ForeignKey(foreign_key) => Some(&foreign_key.foreign_table),
            _ => None,
        });
        let name = names::relation_name(catalog, references.expect("a marked LIKE names its table"))?;
        let mut options = Options::default();
        let mut rest = words;
        while let [verb, what, after @ ..] = rest {
            options.set(what, *verb == "including")?;
            rest = after;
        }
        match rest {
            [] => Ok(Like { name, options }),
            [word, ..] => Err(Error::new("42601", format!("syntax error at or near \"{word}\""))
                .with_hint("Write INCLUDING or EXCLUDING, and what.")),
        }
    }
}

impl Options {
    fn set(&mut self, what: &str, included: bool) -> Result<(), Error> {
        match what {
            "defaults" => self.defaults = included,
            "constraints" => self.constraints = included,
            "indexes" => self.indexes = included,
            "identity" => self.identity = included,
            "generated" => self.generated = included,
            "comments" => self.comments = included,
            // No table has any of these, so there is nothing to copy.
            "storage" | "compression" | "statistics" => {}
            "all" => {
                let all = included;
                *self = Options {
                    defaults: all,
                    constraints: all,
                    indexes: all,
                    identity: all,
                    generated: all,
                    comments: all,
                };
            }
            other => {
                return Err(Error::new("42601", format!("syntax error at or near \"{other}\""))
                    .with_hint("There are DEFAULTS, CONSTRAINTS, INDEXES, IDENTITY, GENERATED, COMMENTS and ALL."));
            }
        }
        Ok(())
    }
}

/// Copies a table's or view's columns to the end of `table`, and into `declared` what the options name.
pub(super) fn copy(
    scope: &Scope,
    catalog: &mut Catalog,
    table: &mut Table,
    declared: &mut Declared,
    like: &Like,
) -> Result<(), Error> {
    let source = match scope.catalog().relation(&like.name) {
        Some(Relation::Table(source)) => source,
        Some(Relation::View(view)) => {
            let query = relation_query(&view.name);
            for column in columns_of(scope, query, &[])? {
                push(table, column)?;
            }
            return Ok(());
        }
        Some(_) => {
            return Err(Error::new("42809", format!("relation \"{}\" is invalid in LIKE clause", like.name.name))
                .with_hint("Name a table or a view."));
        }
        None => return Err(names::missing(scope.catalog(), &like.name)),
    };
    let options = like.options;
    let first = table.columns.len();
    for column in &source.columns {
        copy_column(catalog, table, column, options)?;
    }
    let position = |id: &ColumnId| first + source.position(*id);
    if options.constraints {
        for check in &source.checks {
            let Check { name, expression, enforced, .. } = check;
            let condition =
                CheckConstraint { name: None, expr: Box::new(parsed(expression)), enforced: Some(*enforced) };
            declared.checks.push((Some(name.clone()), condition));
        }
    }
    if options.indexes {
        let copied = |ids: &[ColumnId]| ids.iter().map(|id| table.columns[position(id)].id).collect::<Vec<_>>();
        let declaration =
            |index: &IndexDeclaration| IndexDeclaration { include: copied(&index.include), ..index.clone() };
        let comment = |comment: &Option<String>| comment.clone().filter(|_| options.comments);
        declared.keys.extend(source.keys.iter().map(|key| KeySpec {
            name: None,
            columns: source.column_names(&key.columns),
            include: Vec::new(),
            primary: key.primary,
            origin: key.origin,
            nulls_not_distinct: key.nulls_not_distinct,
            characteristics: key.characteristics,
            index: declaration(&key.index),
            comment: comment(&key.comment),
        }));
        declared.indexes.extend(source.indexes.iter().map(|index| {
            let named = source.column_names(&index.columns);
            let copy = Index {
                id: ConstraintId(0),
                name: String::new(),
                columns: copied(&index.columns),
                declaration: declaration(&index.declaration),
                comment: comment(&index.comment),
            };
            (named, copy)
        }));
    }
    Ok(())
}

fn copy_column(catalog: &mut Catalog, table: &mut Table, column: &Column, options: Options) -> Result<(), Error> {
    let generated = column.generated.clone().filter(|_| options.generated);
    let is_virtual = column.is_virtual && options.generated;
    let default = column.default.clone().filter(|_| options.defaults);
    let comment = column.comment.clone().filter(|_| options.comments);
    // The new table has no rows from before it.
    let named = NotNull { not_valid: false, ..column.not_null_constraint.clone() };
    let not_null_constraint = NotNull { comment: named.comment.filter(|_| options.comments), ..named };
    // That the column is there already, [`push`] says.
    if let Some(name) = not_null_constraint.name.as_ref().filter(|_| table.column(&column.name).is_none()) {
        refuse_taken(catalog, table, name)?;
    }
    let plain = Column { identity: None, missing: None, numbered_as: None, ..column.clone() };
    let copy = Column { generated, is_virtual, default, comment, not_null_constraint, ..plain };
    push(table, copy)?;
    let Some(identity) = column.identity.filter(|_| options.identity) else { return Ok(()) };
    let own = catalog.sequence(identity.sequence).clone();
    let taken = |name: &str| relation_taken(catalog, table, name);
    let name = constraint_name(&table.name, &[&column.name], "seq", &taken);
    let id = SequenceId(catalog.next_id_in(&table.schema));
    let added = table.columns.last_mut().expect("the column was just added");
    let (name, owner) = (RelationName::new(&table.schema, name), Some((table.id, added.id)));
    added.identity = Some(Identity { sequence: id, ..identity });
    catalog.put_sequence(Sequence { id, name, owner, ..Sequence::clone(&own) });
    Ok(())
}

/// Adds a column under a new id. Errors: 42701.
fn push(table: &mut Table, column: Column) -> Result<(), Error> {
    if table.column(&column.name).is_some() {
        return Err(Error::new("42701", format!("column \"{}\" specified more than once", column.name))
            .with_hint("Give each column its own name."));
    }
    let id = ColumnId(table.next_column);
    table.next_column += 1;
    table.columns.push(Column { id, ..column });
    Ok(())
}
