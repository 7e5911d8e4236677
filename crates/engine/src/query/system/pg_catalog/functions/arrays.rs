//! Functions of arrays that DataFusion lacks, or has with other bounds: `int2vector` and `oidvector` count from 0.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int32Array, Int32Builder, Int64Array, ListArray, ListBuilder, StringArray,
    StructArray, UInt32Array,
};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, Int32Type, Int64Type};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::display::{self, TYPE_KEY};
use crate::query::view::Fields as TypedFields;

/// The bytes of a value of type `name`.
const NAME_BYTES: usize = 64;

/// The function of that name.
pub(super) fn named(name: &str, fields: TypedFields) -> Option<Arc<ScalarUDF>> {
    let kind = match name {
        "__subscript" => Kind::Subscript,
        "__ordinals" => Kind::Ordinals,
        "__subscripts" => Kind::Subscripts,
        "__expanded" => Kind::Expanded,
        "__or_empty" => Kind::OrEmpty,
        "__same_text" => Kind::SameText,
        "array_upper" => Kind::Upper,
        "array_lower" => Kind::Lower,
        _ => return None,
    };
    let signature = Signature::variadic_any(Volatility::Immutable);
    Some(Arc::new(ScalarUDF::new_from_impl(ArrayFunction { kind, signature, fields })))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    /// `array[i]`: NULL beyond its bounds.
    Subscript,
    /// 1 to the length of the longest of several arrays.
    Ordinals,
    /// The subscripts of an array.
    Subscripts,
    /// Each element with its place, as `information_schema._pg_expandarray` gives them: x and n.
    Expanded,
    /// An empty array for NULL.
    OrEmpty,
    /// Whether an array, or anything else, is written as a text.
    SameText,
    Upper,
    Lower,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ArrayFunction {
    kind: Kind,
    signature: Signature,
    fields: TypedFields,
}

impl ScalarUDFImpl for ArrayFunction {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Subscript => "__subscript",
            Kind::Ordinals => "__ordinals",
            Kind::Subscripts => "__subscripts",
            Kind::Expanded => "__expanded",
            Kind::OrEmpty => "__or_empty",
            Kind::SameText => "__same_text",
            Kind::Upper => "array_upper",
            Kind::Lower => "array_lower",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let fields = types.iter().map(|known| Arc::new(Field::new("", known.clone(), true)) as FieldRef);
        self.returns(&fields.collect::<Vec<_>>()).map(|field| field.data_type().clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.returns(args.arg_fields)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = args.args.iter().map(|arg| arg.to_array(args.number_rows)).collect::<Result<Vec<_>>>()?;
        if self.kind == Kind::SameText {
            return Ok(ColumnarValue::Array(Arc::new(same_text(&arrays[0], &arrays[1]))));
        }
        if self.kind == Kind::Subscript && self.is_name(&args.arg_fields[0]) {
            return Ok(ColumnarValue::Array(Arc::new(byte_of_name(&arrays[0], &arrays[1])?)));
        }
        let base = first_subscript(&args.arg_fields[0]);
        let first = as_list(&arrays[0])?;
        let result: ArrayRef = match self.kind {
            Kind::Subscript => subscript(&first, &arrays[1], base)?,
            Kind::Ordinals => {
                let lists = arrays.iter().map(as_list).collect::<Result<Vec<_>>>()?;
                ordinals(&lists)
            }
            Kind::Subscripts => subscripts(&first, base),
            Kind::Expanded => expanded(&first, args.return_field.data_type())?,
            Kind::OrEmpty => or_empty(&first),
            Kind::Upper => bounds(&first, &arrays, |length| base + length - 1)?,
            Kind::Lower => bounds(&first, &arrays, |_| base)?,
            Kind::SameText => unreachable!("it was answered above"),
        };
        Ok(ColumnarValue::Array(result))
    }
}

impl ArrayFunction {
    fn returns(&self, arguments: &[FieldRef]) -> Result<FieldRef> {
        let count = match self.kind {
            Kind::Ordinals => arguments.len(),
            Kind::Subscript | Kind::Upper | Kind::Lower | Kind::SameText => 2,
            Kind::Subscripts | Kind::Expanded | Kind::OrEmpty => 1,
        };
        if arguments.len() != count {
            return plan_err!("{} takes {count} arguments, not {}", self.name(), arguments.len());
        }
        if self.kind == Kind::SameText {
            return Ok(Arc::new(Field::new(self.name(), DataType::Boolean, true)));
        }
        if self.kind == Kind::Subscript && self.is_name(&arguments[0]) {
            return Ok(Arc::new(Field::new(self.name(), DataType::Utf8, true)));
        }
        let Some(item) = element(&arguments[0]) else {
            return plan_err!("{} needs an array, not {}", self.name(), arguments[0].data_type());
        };
        let integers = || DataType::List(Arc::new(Field::new("item", DataType::Int32, true)));
        let field = match self.kind {
            Kind::Subscript => Field::clone(&item).with_name(self.name()).with_nullable(true),
            Kind::Ordinals => {
                Field::new(self.name(), DataType::List(Arc::new(Field::new("item", DataType::Int64, true))), true)
            }
            Kind::Subscripts => Field::new(self.name(), integers(), true),
            Kind::Expanded => {
                let parts = vec![item.as_ref().clone().with_name("x"), Field::new("n", DataType::Int32, true)];
                let part = Field::new("item", DataType::Struct(Fields::from(parts)), true);
                Field::new(self.name(), DataType::List(Arc::new(part)), true)
            }
            Kind::OrEmpty => Field::new(self.name(), DataType::List(item), true),
            Kind::Upper | Kind::Lower => Field::new(self.name(), DataType::Int32, true),
            Kind::SameText => unreachable!("it was answered above"),
        };
        Ok(Arc::new(field))
    }

    /// Whether it is a value of type `name`, which is an array of 64 bytes that count from 0. Where types are not told, any text may be one.
    fn is_name(&self, field: &Field) -> bool {
        let is_told = field.metadata().get(TYPE_KEY).is_some_and(|told| told == "name");
        field.data_type().is_string() && (is_told || self.fields == TypedFields::Bare)
    }
}

fn byte_of_name(names: &ArrayRef, places: &ArrayRef) -> Result<StringArray> {
    let names = cast(names, &DataType::Utf8)?;
    let names = names.as_string::<i32>();
    let places = cast(places, &DataType::Int64)?;
    let places: &Int64Array = places.as_primitive::<Int64Type>();
    let byte = |row: usize| {
        if names.is_null(row) || places.is_null(row) {
            return None;
        }
        let at = usize::try_from(places.value(row)).ok().filter(|at| *at < NAME_BYTES)?;
        // Behind its end a name has zeros, which as text are nothing.
        let byte = names.value(row).as_bytes().get(at).map(|byte| char::from(*byte));
        Some(byte.map(String::from).unwrap_or_default())
    };
    Ok((0..names.len()).map(byte).collect())
}

fn same_text(values: &ArrayRef, texts: &ArrayRef) -> BooleanArray {
    let same = |row: usize| Some(display::text(values, row)? == display::text(texts, row)?);
    (0..values.len()).map(same).collect()
}

/// The field of an array's elements; NULL counts as an array of anything.
fn element(field: &Field) -> Option<FieldRef> {
    match field.data_type() {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => Some(item.clone()),
        DataType::Null => Some(Arc::new(Field::new("item", DataType::Utf8, true))),
        _ => None,
    }
}

fn first_subscript(field: &Field) -> i32 {
    match field.metadata().get(TYPE_KEY).map(String::as_str) {
        Some("int2vector" | "oidvector") => 0,
        _ => 1,
    }
}

fn as_list(array: &ArrayRef) -> Result<ListArray> {
    match element(&Field::new("", array.data_type().clone(), true)) {
        Some(item) => Ok(cast(array, &DataType::List(item))?.as_list::<i32>().clone()),
        None => exec_err!("an array was expected, not {}", array.data_type()),
    }
}

/// The length of the array in a row; `None` for NULL.
fn length(list: &ListArray, row: usize) -> Option<i32> {
    list.is_valid(row).then(|| list.value_length(row))
}

fn subscript(list: &ListArray, places: &ArrayRef, base: i32) -> Result<ArrayRef> {
    let places = cast(places, &DataType::Int64)?;
    let places: &Int64Array = places.as_primitive::<Int64Type>();
    let index = |row: usize| {
        let length = length(list, row).filter(|_| places.is_valid(row))?;
        let at = places.value(row).checked_sub(base.into())?;
        (0..i64::from(length)).contains(&at).then(|| (i64::from(list.value_offsets()[row]) + at) as u32)
    };
    let indices: UInt32Array = (0..list.len()).map(index).collect();
    Ok(take(list.values(), &indices, None)?)
}

fn ordinals(lists: &[ListArray]) -> ArrayRef {
    let rows = lists.first().map_or(0, Array::len);
    let mut builder = ListBuilder::new(Int64Array::builder(rows));
    for row in 0..rows {
        let longest = lists.iter().filter_map(|list| length(list, row)).max().unwrap_or(0);
        builder.append_value((1..=i64::from(longest)).map(Some));
    }
    Arc::new(builder.finish())
}

fn subscripts(list: &ListArray, base: i32) -> ArrayRef {
    let mut builder = ListBuilder::new(Int32Builder::new());
    for row in 0..list.len() {
        let all = length(list, row).map(|length| (base..base + length).map(Some));
        builder.append_option(all);
    }
    Arc::new(builder.finish())
}

fn expanded(list: &ListArray, to: &DataType) -> Result<ArrayRef> {
    let DataType::List(part) = to else { return exec_err!("a list was believed to be returned") };
    let DataType::Struct(parts) = part.data_type() else { return exec_err!("records were believed to be returned") };
    let places = (0..list.len()).flat_map(|row| 1..=length(list, row).unwrap_or(0));
    let places = Int32Array::from_iter_values(places);
    let starts = |row: usize| list.value_offsets()[row] as u32;
    let elements = (0..list.len()).flat_map(|row| {
        let count = length(list, row).unwrap_or(0) as u32;
        starts(row)..starts(row) + count
    });
    let elements = take(list.values(), &UInt32Array::from_iter_values(elements), None)?;
    let records = StructArray::try_new(parts.clone(), vec![elements, Arc::new(places)], None)?;
    let lengths = (0..list.len()).map(|row| length(list, row).unwrap_or(0) as usize);
    let offsets = datafusion::arrow::buffer::OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(part.clone(), offsets, Arc::new(records), None)?))
}

fn or_empty(list: &ListArray) -> ArrayRef {
    let (field, offsets, values, nulls) = list.clone().into_parts();
    let Some(nulls) = nulls else { return Arc::new(list.clone()) };
    let rows = 0..list.len();
    let lengths =
        rows.clone().map(|row| if nulls.is_valid(row) { offsets[row + 1] - offsets[row] } else { 0 } as usize);
    let kept = rows.filter(|row| nulls.is_valid(*row)).flat_map(|row| offsets[row] as u32..offsets[row + 1] as u32);
    let kept = UInt32Array::from_iter_values(kept);
    let values = take(&values, &kept, None).unwrap_or(values);
    let offsets = datafusion::arrow::buffer::OffsetBuffer::from_lengths(lengths);
    Arc::new(ListArray::new(field, offsets, values, None))
}

/// A bound of the first dimension; arrays have no other, and an empty one has none.
fn bounds(list: &ListArray, arguments: &[ArrayRef], bound: impl Fn(i32) -> i32) -> Result<ArrayRef> {
    let dimensions = cast(&arguments[1], &DataType::Int32)?;
    let dimensions: &Int32Array = dimensions.as_primitive::<Int32Type>();
    let of_row = |row: usize| {
        let first = dimensions.is_valid(row) && dimensions.value(row) == 1;
        length(list, row).filter(|length| first && *length > 0).map(&bound)
    };
    Ok(Arc::new((0..list.len()).map(of_row).collect::<Int32Array>()))
}
