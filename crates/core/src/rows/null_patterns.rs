//! Which of some columns are NULL, row by row: `MATCH PARTIAL` asks one question for each pattern that occurs.

use arrow::array::{Array, ArrayRef};

/// For each column of a list, whether it holds a value: `[true, false]` is `(1, NULL)`.
pub type NullPattern = Vec<bool>;

/// The patterns that occur in equally long columns, in fixed order, each with the positions of its rows, ascending.
///
/// Cost: one pass for each column that has NULLs.
pub fn null_patterns(columns: &[ArrayRef]) -> Vec<(NullPattern, Vec<u32>)> {
    let rows = columns.first().map_or(0, |column| column.len());
    let mut classes: Vec<(NullPattern, Vec<u32>)> = vec![(NullPattern::new(), (0..rows as u32).collect())];
    for column in columns {
        let nulls = column.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        let Some(nulls) = nulls else {
            classes.iter_mut().for_each(|(pattern, _)| pattern.push(true));
            continue;
        };
        let split = |(pattern, positions): (NullPattern, Vec<u32>)| {
            let (held, null): (Vec<u32>, Vec<u32>) = positions.into_iter().partition(|p| nulls.is_valid(*p as usize));
            let with = |holds: bool| pattern.iter().copied().chain([holds]).collect::<NullPattern>();
            [(with(true), held), (with(false), null)]
        };
        classes = classes.into_iter().flat_map(split).filter(|(_, positions)| !positions.is_empty()).collect();
    }
    classes.retain(|(_, positions)| !positions.is_empty());
    classes
}
