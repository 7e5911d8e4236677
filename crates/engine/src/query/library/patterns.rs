//! `to_char`, `to_date`, `to_timestamp` and `to_number`: values written and read by patterns.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, TimestampMicrosecondArray};

use super::call::Call;
use super::entry::{Entry, Form, Kind, date, numeric, text, timestamptz};
use super::{number_patterns, times_read, times_shown};
use crate::error::Error;

pub(super) const FUNCTIONS: &[Entry] = &[
    Entry::new(
        "to_char",
        &[
            Form::new(&[Kind::Timestamp, Kind::Text], text, times_shown::show),
            Form::new(&[Kind::TimestampTz, Kind::Text], text, times_shown::show),
            Form::new(&[Kind::Interval, Kind::Text], text, times_shown::show),
            Form::new(&[Kind::Int8, Kind::Text], text, number_patterns::show),
            Form::new(&[Kind::Numeric, Kind::Text], text, number_patterns::show),
            Form::new(&[Kind::Float8, Kind::Text], text, number_patterns::show),
        ],
    ),
    Entry::new("to_date", &[Form::new(&[Kind::Text, Kind::Text], date, times_read::dates)]),
    Entry::new(
        "to_timestamp",
        &[
            Form::new(&[Kind::Text, Kind::Text], timestamptz, times_read::timestamps),
            Form::new(&[Kind::Float8], timestamptz, from_epoch),
        ],
    ),
    Entry::new("to_number", &[Form::new(&[Kind::Text, Kind::Text], numeric, number_patterns::read)]),
];

/// Of seconds since 1970. Errors: 22008.
fn from_epoch(call: &Call) -> Result<ArrayRef, Error> {
    let times = call.each(|row| {
        let microseconds = (call.float8(0, row) * 1e6).round_ties_even();
        match microseconds.abs() < 2.5e17 {
            true => Ok(microseconds as i64),
            false => Err(Error::new("22008", format!("timestamp out of range: \"{}\"", call.float8(0, row)))),
        }
    })?;
    Ok(Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC")))
}
