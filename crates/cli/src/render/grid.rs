//! Rows of text under a header, ready to be printed.

use arrow::datatypes::DataType;
use bowline::{ResultSet, display};

/// Rows of text under a header.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    /// Printed above a table, centred.
    pub title: Option<String>,
    /// The columns.
    pub columns: Vec<GridColumn>,
    /// As many values in each as there are columns; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether `(3 rows)` is printed below a table.
    pub counted: bool,
}

/// A column of a [`Grid`].
#[derive(Debug, Clone)]
pub struct GridColumn {
    /// The header.
    pub name: String,
    /// Numbers stand at the right.
    pub right_aligned: bool,
}

impl Grid {
    /// A grid of left-aligned columns without a count.
    pub fn titled(title: impl Into<String>, columns: &[&str]) -> Grid {
        let columns = columns.iter().map(|name| GridColumn { name: (*name).to_owned(), right_aligned: false });
        Grid { title: Some(title.into()), columns: columns.collect(), ..Grid::default() }
    }

    /// The values of a result as PostgreSQL writes them.
    pub fn of(result: &ResultSet) -> Grid {
        let fields = result.schema.fields();
        let columns = fields
            .iter()
            .map(|field| GridColumn { name: field.name().clone(), right_aligned: is_number(field.data_type()) });
        let rows = result.batches.iter().flat_map(|batch| {
            (0..batch.num_rows()).map(move |row| {
                let columns = fields.iter().zip(batch.columns());
                columns.map(|(field, column)| display::text_as(field, column, row)).collect()
            })
        });
        Grid { title: None, columns: columns.collect(), rows: rows.collect(), counted: true }
    }
}

fn is_number(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_number(values),
        other => other.is_numeric(),
    }
}
