//! The names a database has, for completion.

use std::collections::{BTreeMap, BTreeSet};

use bowline::core::rows::Snapshot;

/// The relations every database has.
const SYSTEM: [(&str, &[&str]); 2] = [
    ("bowline", &["relationships", "violations"]),
    (
        "information_schema",
        &[
            "check_constraints",
            "columns",
            "constraint_column_usage",
            "key_column_usage",
            "referential_constraints",
            "table_constraints",
            "tables",
        ],
    ),
];

/// Names of schemas, relations and columns.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// The relations of each schema.
    relations: BTreeMap<String, BTreeSet<String>>,
    /// The schemas along which names without one are looked for.
    searched: Vec<String>,
    /// The columns of each table, by the table's name without its schema.
    columns: BTreeMap<String, BTreeSet<String>>,
}

impl Names {
    /// The names in a snapshot's catalog, and those every database has.
    pub fn of(snapshot: &Snapshot) -> Names {
        let catalog = snapshot.catalog();
        let searched = catalog.searched().map(str::to_owned).collect();
        let mut names = Names { searched, ..Names::default() };
        for (schema, relations) in SYSTEM {
            names.add_relations(schema, relations.iter().copied());
        }
        for (schema, _) in catalog.schemas() {
            names.add_relations(schema, []);
        }
        for table in catalog.tables() {
            names.add_relations(&table.schema, [table.name.as_str()]);
            let columns = names.columns.entry(table.name.clone()).or_default();
            columns.extend(table.columns.iter().map(|column| column.name.clone()));
        }
        for view in catalog.views() {
            names.add_relations(&view.name.schema, [view.name.name.as_str()]);
            names.columns.entry(view.name.name.clone()).or_default().extend(view.columns.iter().cloned());
        }
        names
    }

    fn add_relations<'a>(&mut self, schema: &str, relations: impl IntoIterator<Item = &'a str>) {
        let known = self.relations.entry(schema.to_owned()).or_default();
        known.extend(relations.into_iter().map(str::to_owned));
    }

    /// What may stand after `qualifier.`: the relations of a schema and the columns of a table.
    pub fn within(&self, qualifier: &str) -> Vec<&str> {
        let relations = self.relations.get(qualifier).into_iter().flatten();
        let columns = self.columns.get(qualifier).into_iter().flatten();
        relations.chain(columns).map(String::as_str).collect()
    }

    /// What may stand alone: relations of the schemas that are searched, schemas, and all columns.
    pub fn alone(&self) -> Vec<&str> {
        let columns = self.columns.values().flatten().map(String::as_str);
        self.relations().into_iter().chain(columns).collect()
    }

    /// Relations of the schemas that are searched, and schemas.
    pub fn relations(&self) -> Vec<&str> {
        let schemas = self.relations.keys();
        let relations = self.searched.iter().flat_map(|schema| self.relations.get(schema)).flatten();
        schemas.chain(relations).map(String::as_str).collect()
    }
}
