//! Functions of arrays.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int32Array, ListArray, StringArray, UInt64Array,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::kernels::cmp::not_distinct;
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::compute::{CastOptions, cast_with_options, filter, not, take};
use datafusion::arrow::datatypes::{DataType, Field};

use super::call::Call;
use super::entry::{Entry, Form, Kind, first, int4, text};
use crate::display::type_name;
use crate::error::Error;

pub(super) const FUNCTIONS: &[Entry] = &[
    Entry::new("array_remove", &[Form::new(&[Kind::List, Kind::Any], first, removed)]),
    Entry::new("array_replace", &[Form::new(&[Kind::List, Kind::Any, Kind::Any], first, replaced)]),
    Entry::new("array_ndims", &[Form::new(&[Kind::List], int4, dimension_count)]),
    Entry::new("array_dims", &[Form::new(&[Kind::List], text, dimensions)]),
    Entry::new("trim_array", &[Form::new(&[Kind::List, Kind::Int4], first, trimmed)]),
];

/// `[1:2][1:3]`; NULL for an empty array.
fn dimensions(call: &Call) -> Result<ArrayRef, Error> {
    let shown = call.each_or_null(|row| {
        let lengths = lengths(call.list(0).value(row));
        Ok(lengths.map(|lengths| lengths.iter().map(|length| format!("[1:{length}]")).collect::<String>()))
    })?;
    Ok(Arc::new(StringArray::from(shown)))
}

/// How many dimensions there are; NULL for an empty array.
fn dimension_count(call: &Call) -> Result<ArrayRef, Error> {
    let counts = call.each_or_null(|row| Ok(lengths(call.list(0).value(row)).map(|lengths| lengths.len() as i32)))?;
    Ok(Arc::new(Int32Array::from(counts)))
}

/// How many elements an array has in each dimension; `None` if it has none.
fn lengths(mut inside: ArrayRef) -> Option<Vec<usize>> {
    let mut lengths = Vec::new();
    loop {
        if inside.is_empty() {
            return None;
        }
        lengths.push(inside.len());
        inside = match inside.data_type() {
            DataType::List(_) => inside.as_list::<i32>().value(0),
            DataType::FixedSizeList(..) => inside.as_fixed_size_list().value(0),
            _ => return Some(lengths),
        };
    }
}

/// Without the elements that are the second argument; a NULL is one too.
fn removed(call: &Call) -> Result<ArrayRef, Error> {
    let DataType::List(item) = call.arrays[0].data_type() else { return Ok(call.arrays[0].clone()) };
    let list = call.list(0);
    let keeps = not(&meant(call, 1)?)?;
    let offsets = list.value_offsets();
    // The values of the rows at hand, which may be some of all.
    let (begin, end) = (offsets[0] as usize, offsets[list.len()] as usize);
    let values = filter(&list.values().slice(begin, end - begin), &keeps.slice(begin, end - begin))?;
    let lengths = offsets.windows(2).map(|ends| {
        let (start, end) = (ends[0] as usize, ends[1] as usize);
        keeps.values().slice(start, end - start).count_set_bits()
    });
    let lengths = lengths.collect::<Vec<_>>();
    Ok(Arc::new(ListArray::try_new(item.clone(), OffsetBuffer::from_lengths(lengths), values, list.nulls().cloned())?))
}

/// With the third argument in place of the elements that are the second.
fn replaced(call: &Call) -> Result<ArrayRef, Error> {
    let DataType::List(item) = call.arrays[0].data_type() else { return Ok(call.arrays[0].clone()) };
    let list = call.list(0);
    let values = zip(&meant(call, 1)?, &beside(call, 2)?, list.values())?;
    Ok(Arc::new(ListArray::try_new(item.clone(), list.offsets().clone(), values, list.nulls().cloned())?))
}

/// Whether each element of the arrays is what another argument is in its row.
fn meant(call: &Call, at: usize) -> Result<BooleanArray, Error> {
    Ok(not_distinct(call.list(0).values(), &beside(call, at)?)?)
}

/// An argument beside each element of the arrays, of their type. Errors: 42883 for one of a type that has no place among them.
fn beside(call: &Call, at: usize) -> Result<ArrayRef, Error> {
    let (list, given) = (call.list(0), &call.arrays[at]);
    let (wanted, known) = (list.value_type(), given.data_type());
    let fits = wanted == *known
        || known.is_null()
        || (wanted.is_integer() && known.is_integer())
        || (wanted.is_numeric() && known.is_integer())
        || (known.is_string() && !wanted.is_nested());
    if !fits || wanted.is_nested() {
        let name = |data_type: &DataType| type_name(&Field::new("", data_type.clone(), true));
        let message =
            format!("function {}({}, {}) does not exist", call.returns.name(), name(list.data_type()), name(known));
        return Err(
            Error::new("42883", message).with_hint("The elements of an array are of one type: cast the value to it.")
        );
    }
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let given = cast_with_options(given, &wanted, &strict)?;
    let mut rows = Vec::with_capacity(list.values().len());
    rows.resize(list.value_offsets()[0] as usize, 0);
    for (row, ends) in list.value_offsets().windows(2).enumerate() {
        rows.resize(ends[1] as usize, row as u64);
    }
    rows.resize(list.values().len(), 0);
    Ok(take(&given, &UInt64Array::from(rows), None)?)
}

/// Without so many elements at the end. Errors: 2202E.
fn trimmed(call: &Call) -> Result<ArrayRef, Error> {
    let DataType::List(item) = call.returns.data_type() else { return Ok(call.arrays[0].clone()) };
    let list = call.list(0);
    let ends = call.each(|row| {
        let (start, end) = (list.value_offsets()[row], list.value_offsets()[row + 1]);
        let count = call.int4(1, row);
        if !(0..=end - start).contains(&count) {
            let message = format!("number of elements to trim must be between 0 and {}", end - start);
            return Err(Error::new("2202E", message));
        }
        Ok((start, end - count))
    })?;
    let kept = ends.iter().flatten().flat_map(|(start, end)| *start as u64..*end as u64);
    let values = take(list.values(), &UInt64Array::from_iter_values(kept), None)?;
    let lengths = ends.iter().map(|ends| ends.map_or(0, |(start, end)| (end - start) as usize));
    let nulls = ends.iter().map(Option::is_some).collect();
    Ok(Arc::new(ListArray::try_new(item.clone(), OffsetBuffer::from_lengths(lengths), values, Some(nulls))?))
}
