//! `format(text, ...)`: values in the places of a text that `%s`, `%I` and `%L` mark, as they are, as names and as literals.
//!
//! ```text
//!   %[position$][-][width]type        position: of the value, 1 and on; -: to the left; width: a number, *, or *position$
//! ```
//!
//! Source: PostgreSQL documentation, String Functions, `format`, and the order of arguments in its `text_format`.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringArray};
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{DataFusionError, Result, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use super::super::quoting::{literal, quoted};
use crate::display;
use crate::error::Error;

/// The function, if it is called so.
pub(super) fn named(name: &str) -> Option<Arc<ScalarUDF>> {
    let function = || Format { signature: Signature::variadic_any(Volatility::Stable) };
    (name == "format").then(|| Arc::new(ScalarUDF::new_from_impl(function())))
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Format {
    signature: Signature,
}

impl ScalarUDFImpl for Format {
    fn name(&self) -> &str {
        "format"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types.first() {
            Some(first) if first.is_string() || first.is_null() => Ok(DataType::Utf8),
            _ => exec_err!("the first argument of format is a text"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { args.number_rows };
        let arrays = args.args.iter().map(|arg| arg.to_array(rows)).collect::<Result<Vec<_>>>()?;
        let made = (0..rows).map(|row| Arguments { fields: &args.arg_fields, arrays: &arrays, row }.formatted());
        let made: Vec<Option<String>> =
            made.collect::<Result<_, Error>>().map_err(|error| DataFusionError::External(Box::new(error)))?;
        let made: ArrayRef = Arc::new(StringArray::from(made));
        Ok(if constant {
            ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(&made, 0)?)
        } else {
            ColumnarValue::Array(made)
        })
    }
}

/// The arguments of one call, the text among them.
struct Arguments<'a> {
    fields: &'a [FieldRef],
    arrays: &'a [ArrayRef],
    row: usize,
}

impl Arguments<'_> {
    /// Errors: 22023 for what is no place or names no argument, 22004 for a NULL as a name.
    fn formatted(&self) -> Result<Option<String>, Error> {
        let Some(text) = self.shown(0)? else { return Ok(None) };
        let mut written = String::with_capacity(text.len());
        let mut rest = text.as_str();
        // The argument that is next where none is named.
        let mut next = 1;
        while let Some((before, after)) = rest.split_once('%') {
            written.push_str(before);
            rest = match after.strip_prefix('%') {
                Some(after) => {
                    written.push('%');
                    after
                }
                None => {
                    let mut reader = Reader(after);
                    let place = reader.place()?;
                    self.fill(&place, &mut next, &mut written)?;
                    reader.0
                }
            };
        }
        written.push_str(rest);
        Ok(Some(written))
    }

    fn fill(&self, place: &Place, next: &mut usize, written: &mut String) -> Result<(), Error> {
        let (mut width, mut to_left) = (place.width, place.to_left);
        if let Some(position) = place.width_argument {
            let at = position.unwrap_or(*next);
            let told = self.shown(at)?.unwrap_or_default();
            let told = if told.is_empty() { 0 } else { told.trim().parse::<i32>().map_err(|_| out_of_range())? };
            to_left |= told < 0;
            width = told.unsigned_abs() as usize;
            *next = at + 1;
        }
        let at = place.position.unwrap_or(*next);
        let value = self.shown(at)?;
        *next = at + 1;
        let value = match place.kind {
            's' => value.unwrap_or_default(),
            'L' => value.map_or_else(|| "NULL".to_owned(), |value| literal(&value)),
            _ => quoted(
                &value.ok_or_else(|| Error::new("22004", "null values cannot be formatted as an SQL identifier"))?,
            ),
        };
        let blanks = " ".repeat(width.saturating_sub(value.chars().count()));
        let (one, other) = if to_left { (&value, &blanks) } else { (&blanks, &value) };
        written.push_str(one);
        written.push_str(other);
        Ok(())
    }

    /// An argument as its type writes it; `None` for NULL. Errors: 22023 if there is none.
    fn shown(&self, at: usize) -> Result<Option<String>, Error> {
        match self.arrays.get(at) {
            Some(array) => Ok(display::text_as(&self.fields[at], array.as_ref(), self.row)),
            None => Err(Error::new("22023", "too few arguments for format()")),
        }
    }
}

/// What stands after a `%`.
struct Place {
    position: Option<usize>,
    to_left: bool,
    width: usize,
    /// Which argument tells the width; `Some(None)` for the next one.
    width_argument: Option<Option<usize>>,
    /// `s`, `I` or `L`.
    kind: char,
}

struct Reader<'t>(&'t str);

impl Reader<'_> {
    /// Errors: 22023, 22003 for a number that is too large.
    fn place(&mut self) -> Result<Place, Error> {
        let mut place = Place { position: None, to_left: false, width: 0, width_argument: None, kind: 's' };
        let number = self.number()?;
        match number {
            Some(width) if self.next()? != '$' => place.width = width,
            _ => {
                if let Some(position) = number {
                    place.position = Some(counted(position)?);
                    self.skip();
                }
                while self.next()? == '-' {
                    place.to_left = true;
                    self.skip();
                }
                if self.next()? == '*' {
                    self.skip();
                    self.next()?;
                    let position = self.number()?.map(counted).transpose()?;
                    place.width_argument = Some(position);
                    if position.is_some() {
                        if self.next()? != '$' {
                            return Err(Error::new("22023", "width argument position must be ended by \"$\""));
                        }
                        self.skip();
                    }
                } else if let Some(width) = self.number()? {
                    place.width = width;
                }
            }
        }
        place.kind = self.next()?;
        if !['s', 'I', 'L'].contains(&place.kind) {
            let message = format!("unrecognized format() type specifier \"{}\"", place.kind);
            return Err(Error::new("22023", message).with_hint(ALONE));
        }
        self.skip();
        Ok(place)
    }

    /// The character that is next. Errors: 22023 at the end.
    fn next(&self) -> Result<char, Error> {
        let next = self.0.chars().next();
        next.ok_or_else(|| Error::new("22023", "unterminated format() type specifier").with_hint(ALONE))
    }

    fn skip(&mut self) {
        let length = self.0.chars().next().map_or(0, char::len_utf8);
        self.0 = &self.0[length..];
    }

    fn number(&mut self) -> Result<Option<usize>, Error> {
        let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        if digits.is_empty() {
            return Ok(None);
        }
        self.next()?;
        let number = digits.parse::<i32>().ok().and_then(|number| usize::try_from(number).ok());
        number.map(Some).ok_or_else(out_of_range)
    }
}

const ALONE: &str = "For a single \"%\" use \"%%\".";

fn out_of_range() -> Error {
    Error::new("22003", "number is out of range")
}

/// Errors: 22023 for 0.
fn counted(position: usize) -> Result<usize, Error> {
    match position {
        0 => Err(Error::new("22023", "format specifies argument 0, but arguments are numbered from 1")),
        position => Ok(position),
    }
}
