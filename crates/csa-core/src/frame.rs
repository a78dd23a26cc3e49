//! Tables of what targets hold, for DataFrames: an Arrow stream, or columns of JSON for whom nothing reads Arrow.
//!
//! Long, a table has a row for each attribute of each target, and the value as text. Wide, it has a row for each target and a typed
//! column for each attribute that somebody holds.
//!
//! Source: <https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format>

use std::mem;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Int32Builder, ListBuilder, StringBuilder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{json, Value as Json};

use crate::assignment::Assignments;
use crate::attribute::{AttributePath, Value, ValueType};
use crate::error::{Error, ErrorCode, Result};

// Rows of one batch: enough to be quick, few enough to be handed over while more is read.
const BATCH_ROWS: usize = 8192;

/// Whether a row is an attribute or a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A row for each attribute that a target holds.
    Long,
    /// A row for each target, a column for each attribute.
    Wide,
}

/// An attribute that was asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which.
    pub path: AttributePath,
    /// Its type, where the definition can be read.
    pub value_type: Option<ValueType>,
}

/// A table that is being filled.
#[derive(Debug)]
pub struct Frame {
    shape: Shape,
    names: Vec<String>,
    wanted: Option<Vec<Wanted>>,
    filling: Rows,
    // Of a wide table, whose columns are known at the end.
    filled: Vec<Filled>,
}

impl Frame {
    /// An empty table. `names`: the columns that say who a target is; with `wanted`, only these attributes.
    pub fn new(shape: Shape, names: &[&str], wanted: Option<Vec<Wanted>>) -> Self {
        let mut names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        if shape == Shape::Long {
            names.extend(["attributeSet", "attribute", "type", "value"].map(str::to_owned));
        }
        Self {
            shape,
            filling: Rows::new(names.len()),
            names,
            wanted,
            filled: Vec::new(),
        }
    }

    /// Adds what one target holds. `who`: a text for each of the names, or none.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Protocol`] if the service gives one attribute two types.
    pub fn push(&mut self, who: &[Option<&str>], assignments: &Assignments) -> Result<()> {
        let wanted = &self.wanted;
        let is_wanted = |path: &AttributePath| {
            wanted
                .as_ref()
                .is_none_or(|list| list.iter().any(|wanted| wanted.path == *path))
        };
        let held = assignments.iter().filter(|(path, _)| is_wanted(path));
        match self.shape {
            Shape::Long => {
                for (path, value) in held {
                    let text = cell(value);
                    let what = [
                        path.set.as_str(),
                        path.attribute.as_str(),
                        value.value_type().as_str(),
                        &text,
                    ];
                    self.filling
                        .begin_row(who.iter().copied().chain(what.map(Some)));
                }
            }
            Shape::Wide => {
                self.filling.begin_row(who.iter().copied());
                for (path, value) in held {
                    self.filling.put(&path, value)?;
                }
            }
        }
        Ok(())
    }

    /// The batches that are complete; those of a wide table are so at the end.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Internal`] if Arrow can't take them.
    pub fn batches(&mut self, is_end: bool) -> Result<Vec<RecordBatch>> {
        if self.filling.count < BATCH_ROWS && !is_end {
            return Ok(Vec::new());
        }
        let full = mem::replace(&mut self.filling, Rows::new(self.names.len()));
        self.filled.push(full.filled());
        if self.shape == Shape::Wide && !is_end {
            return Ok(Vec::new());
        }
        let attributes = match self.shape {
            Shape::Long => Vec::new(),
            Shape::Wide => self.attributes()?,
        };
        mem::take(&mut self.filled)
            .into_iter()
            .map(|rows| rows.batch(&self.names, &attributes))
            .collect()
    }

    // The columns of all batches together: those asked for in their order, else all in alphabetical order.
    fn attributes(&self) -> Result<Vec<(AttributePath, ValueType)>> {
        let mut found: IndexMap<AttributePath, ValueType> = IndexMap::new();
        for wanted in self.wanted.iter().flatten() {
            found.extend(
                wanted
                    .value_type
                    .map(|of_type| (wanted.path.clone(), of_type)),
            );
        }
        for (path, (value_type, _)) in self.filled.iter().flat_map(|rows| &rows.attributes) {
            if *found.entry(path.clone()).or_insert(*value_type) != *value_type {
                return Err(two_types(path));
            }
        }
        let Some(wanted) = &self.wanted else {
            found.sort_by_cached_key(|path, _| path.to_string().to_lowercase());
            return Ok(found.into_iter().collect());
        };
        // An attribute of unknown type that nobody holds is as good as a text that nobody has.
        let column = |wanted: &Wanted| {
            let of_type = found.get(&wanted.path).copied();
            (wanted.path.clone(), of_type.unwrap_or(ValueType::String))
        };
        Ok(wanted.iter().map(column).collect())
    }
}

// The rows of a batch while it is filled.
#[derive(Debug)]
struct Rows {
    count: usize,
    names: Vec<StringBuilder>,
    attributes: IndexMap<AttributePath, Column>,
}

// The same when it is full: what the builders had left over is given back.
#[derive(Debug)]
struct Filled {
    count: usize,
    names: Vec<ArrayRef>,
    attributes: IndexMap<AttributePath, (ValueType, ArrayRef)>,
}

impl Rows {
    fn new(names: usize) -> Self {
        Self {
            count: 0,
            names: (0..names).map(|_| StringBuilder::new()).collect(),
            attributes: IndexMap::new(),
        }
    }

    fn begin_row<'a>(&mut self, cells: impl Iterator<Item = Option<&'a str>>) {
        self.count += 1;
        for (column, cell) in self.names.iter_mut().zip(cells) {
            column.append_option(cell);
        }
    }

    // The value of an attribute in the row that was begun last.
    fn put(&mut self, path: &AttributePath, value: &Value) -> Result<()> {
        let before = self.count - 1;
        // Found far oftener than made.
        let at = self.attributes.get_index_of(path).unwrap_or_else(|| {
            let column = Column::new(value.value_type());
            self.attributes.insert_full(path.clone(), column).0
        });
        let column = &mut self.attributes[at];
        column.pad(before);
        if column.push(value) {
            Ok(())
        } else {
            Err(two_types(path))
        }
    }

    fn filled(mut self) -> Filled {
        let finish = |column: &mut StringBuilder| Arc::new(column.finish()) as ArrayRef;
        let attributes = mem::take(&mut self.attributes).into_iter();
        Filled {
            count: self.count,
            names: self.names.iter_mut().map(finish).collect(),
            attributes: attributes
                .map(|(path, column)| (path, column.finish(self.count)))
                .collect(),
        }
    }
}

impl Filled {
    fn batch(
        self,
        names: &[String],
        attributes: &[(AttributePath, ValueType)],
    ) -> Result<RecordBatch> {
        let mut fields: Vec<Field> = names
            .iter()
            .map(|name| Field::new(name, DataType::Utf8, true))
            .collect();
        let mut columns = self.names;
        for (path, value_type) in attributes {
            let data_type = data_type(*value_type);
            columns.push(match self.attributes.get(path) {
                Some((_, column)) => Arc::clone(column),
                None => Column::new(*value_type).finish(self.count).1,
            });
            fields.push(Field::new(path.to_string(), data_type, true));
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|e| internal(&e))
    }
}

// A column of one attribute.
#[derive(Debug)]
enum Column {
    String(StringBuilder),
    Int32(Int32Builder),
    Boolean(BooleanBuilder),
    Strings(ListBuilder<StringBuilder>),
    Int32s(ListBuilder<Int32Builder>),
}

impl Column {
    fn new(value_type: ValueType) -> Self {
        match value_type {
            ValueType::String => Self::String(StringBuilder::new()),
            ValueType::Int32 => Self::Int32(Int32Builder::new()),
            ValueType::Boolean => Self::Boolean(BooleanBuilder::new()),
            ValueType::Strings => Self::Strings(ListBuilder::new(StringBuilder::new())),
            ValueType::Int32s => Self::Int32s(ListBuilder::new(Int32Builder::new())),
        }
    }

    fn value_type(&self) -> ValueType {
        match self {
            Self::String(_) => ValueType::String,
            Self::Int32(_) => ValueType::Int32,
            Self::Boolean(_) => ValueType::Boolean,
            Self::Strings(_) => ValueType::Strings,
            Self::Int32s(_) => ValueType::Int32s,
        }
    }

    fn builder(&mut self) -> &mut dyn ArrayBuilder {
        match self {
            Self::String(builder) => builder,
            Self::Int32(builder) => builder,
            Self::Boolean(builder) => builder,
            Self::Strings(builder) => builder,
            Self::Int32s(builder) => builder,
        }
    }

    // `false`: the value is of another type.
    fn push(&mut self, value: &Value) -> bool {
        match (self, value) {
            (Self::String(builder), Value::String(text)) => builder.append_value(text),
            (Self::Int32(builder), Value::Int32(number)) => builder.append_value(*number),
            (Self::Boolean(builder), Value::Boolean(truth)) => builder.append_value(*truth),
            (Self::Strings(builder), Value::Strings(list)) => {
                builder.append_value(list.iter().map(Some));
            }
            (Self::Int32s(builder), Value::Int32s(list)) => {
                builder.append_value(list.iter().copied().map(Some));
            }
            _ => return false,
        }
        true
    }

    // Nothing for the rows up to `rows` that have nothing yet.
    fn pad(&mut self, rows: usize) {
        let missing = rows - self.builder().len();
        match self {
            Self::String(builder) => builder.append_nulls(missing),
            Self::Int32(builder) => builder.append_nulls(missing),
            Self::Boolean(builder) => builder.append_nulls(missing),
            Self::Strings(builder) => (0..missing).for_each(|_| builder.append_null()),
            Self::Int32s(builder) => (0..missing).for_each(|_| builder.append_null()),
        }
    }

    fn finish(mut self, rows: usize) -> (ValueType, ArrayRef) {
        self.pad(rows);
        (self.value_type(), self.builder().finish())
    }
}

fn data_type(value_type: ValueType) -> DataType {
    match value_type {
        ValueType::String => DataType::Utf8,
        ValueType::Int32 => DataType::Int32,
        ValueType::Boolean => DataType::Boolean,
        ValueType::Strings => DataType::new_list(DataType::Utf8, true),
        ValueType::Int32s => DataType::new_list(DataType::Int32, true),
    }
}

// A value as the text of a long table.
fn cell(value: &Value) -> String {
    if value.value_type().is_collection() {
        json!(value).to_string()
    } else {
        value.to_string()
    }
}

/// Writes batches as the messages of an Arrow stream: the schema first, each batch as one. The stream ends without a mark.
#[derive(Default)]
pub struct Stream(Option<StreamWriter<Vec<u8>>>);

impl Stream {
    /// The messages for one more batch.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Internal`] if Arrow can't write it.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<Vec<Vec<u8>>> {
        let mut messages = Vec::new();
        let writer = match &mut self.0 {
            Some(writer) => writer,
            none => {
                let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())
                    .map_err(|error| internal(&error))?;
                messages.push(mem::take(writer.get_mut()));
                none.insert(writer)
            }
        };
        writer.write(batch).map_err(|error| internal(&error))?;
        messages.push(mem::take(writer.get_mut()));
        Ok(messages)
    }
}

/// One column as JSON.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JsonColumn {
    name: String,
    #[serde(rename = "type")]
    value_type: &'static str,
    values: Vec<Json>,
}

/// The columns of a batch as JSON.
pub fn json_columns(batch: &RecordBatch) -> Vec<JsonColumn> {
    let schema = batch.schema();
    let fields = schema.fields().iter().zip(batch.columns());
    fields
        .map(|(field, array)| JsonColumn {
            name: field.name().clone(),
            value_type: ValueType::ALL
                .into_iter()
                .find(|value_type| data_type(*value_type) == *array.data_type())
                .unwrap_or(ValueType::String)
                .as_str(),
            values: json_values(array),
        })
        .collect()
}

fn json_values(array: &ArrayRef) -> Vec<Json> {
    match array.data_type() {
        DataType::Int32 => array
            .as_primitive::<Int32Type>()
            .iter()
            .map(Json::from)
            .collect(),
        DataType::Boolean => array.as_boolean().iter().map(Json::from).collect(),
        DataType::List(_) => array
            .as_list::<i32>()
            .iter()
            .map(|list| list.map_or(Json::Null, |list| Json::Array(json_values(&list))))
            .collect(),
        _ => array.as_string::<i32>().iter().map(Json::from).collect(),
    }
}

fn two_types(path: &AttributePath) -> Error {
    Error::new(
        ErrorCode::Protocol,
        "the service gives the attribute with two types",
    )
    .attribute(path)
    .hint("leave the attribute out, or report the answers")
}

fn internal(error: &ArrowError) -> Error {
    Error::new(
        ErrorCode::Internal,
        format!("the table can't be written: {error}"),
    )
    .hint("please report this")
}

#[cfg(test)]
mod tests {
    use arrow_ipc::reader::StreamReader;
    use proptest::prelude::*;

    use super::*;

    fn path(name: &str) -> AttributePath {
        name.parse().unwrap()
    }

    fn held(list: &[(&str, Value)]) -> Assignments {
        let mut assignments = Assignments::default();
        for (name, value) in list {
            assignments.insert(path(name), value.clone()).unwrap();
        }
        assignments
    }

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    fn people(shape: Shape, wanted: Option<Vec<Wanted>>) -> Frame {
        let mut frame = Frame::new(shape, &["id", "displayName"], wanted);
        let joe = held(&[
            ("B.Text", text("007")),
            ("B.Texts", Value::Strings(vec!["a,\"b".to_owned()])),
            ("A.Number", Value::Int32(-8)),
        ]);
        let dara = held(&[
            ("A.Truth", Value::Boolean(false)),
            ("a.numbers", Value::Int32s(vec![1, 2])),
        ]);
        frame.push(&[Some("1"), Some("Joe")], &joe).unwrap();
        frame.push(&[Some("2"), None], &held(&[])).unwrap();
        frame.push(&[Some("3"), Some("Dara")], &dara).unwrap();
        frame
    }

    fn columns(mut frame: Frame) -> String {
        let batches = frame.batches(true).unwrap();
        let lines = batches.iter().flat_map(json_columns);
        lines
            .map(|column| json!(column).to_string() + "\n")
            .collect()
    }

    #[test]
    fn a_long_table_has_a_row_for_each_attribute() {
        insta::assert_snapshot!(columns(people(Shape::Long, None)), @r###"
        {"name":"id","type":"String","values":["1","1","1","3","3"]}
        {"name":"displayName","type":"String","values":["Joe","Joe","Joe","Dara","Dara"]}
        {"name":"attributeSet","type":"String","values":["B","B","A","A","A"]}
        {"name":"attribute","type":"String","values":["Text","Texts","Number","Truth","numbers"]}
        {"name":"type","type":"String","values":["String","String[]","Int32","Boolean","Int32[]"]}
        {"name":"value","type":"String","values":["007","[\"a,\\\"b\"]","-8","false","[1,2]"]}
        "###);
    }

    #[test]
    fn a_wide_table_has_a_typed_column_for_each_attribute_that_somebody_holds() {
        insta::assert_snapshot!(columns(people(Shape::Wide, None)), @r###"
        {"name":"id","type":"String","values":["1","2","3"]}
        {"name":"displayName","type":"String","values":["Joe",null,"Dara"]}
        {"name":"A.Number","type":"Int32","values":[-8,null,null]}
        {"name":"A.numbers","type":"Int32[]","values":[null,null,[1,2]]}
        {"name":"A.Truth","type":"Boolean","values":[null,null,false]}
        {"name":"B.Text","type":"String","values":["007",null,null]}
        {"name":"B.Texts","type":"String[]","values":[["a,\"b"],null,null]}
        "###);
    }

    #[test]
    fn attributes_that_are_asked_for_are_there_in_their_order_and_alone() {
        let wanted = |name: &str, value_type| Wanted {
            path: path(name),
            value_type,
        };
        let list = vec![
            wanted("B.Text", Some(ValueType::String)),
            wanted("A.Number", None),
            wanted("C.Nobody", Some(ValueType::Int32s)),
            wanted("C.Unknown", None),
        ];
        insta::assert_snapshot!(columns(people(Shape::Wide, Some(list.clone()))), @r###"
        {"name":"id","type":"String","values":["1","2","3"]}
        {"name":"displayName","type":"String","values":["Joe",null,"Dara"]}
        {"name":"B.Text","type":"String","values":["007",null,null]}
        {"name":"A.Number","type":"Int32","values":[-8,null,null]}
        {"name":"C.Nobody","type":"Int32[]","values":[null,null,null]}
        {"name":"C.Unknown","type":"String","values":[null,null,null]}
        "###);
        insta::assert_snapshot!(columns(people(Shape::Long, Some(list))), @r###"
        {"name":"id","type":"String","values":["1","1"]}
        {"name":"displayName","type":"String","values":["Joe","Joe"]}
        {"name":"attributeSet","type":"String","values":["B","A"]}
        {"name":"attribute","type":"String","values":["Text","Number"]}
        {"name":"type","type":"String","values":["String","Int32"]}
        {"name":"value","type":"String","values":["007","-8"]}
        "###);
    }

    #[test]
    fn a_table_without_a_row_has_its_columns() {
        insta::assert_snapshot!(columns(Frame::new(Shape::Long, &["id"], None)), @r###"
        {"name":"id","type":"String","values":[]}
        {"name":"attributeSet","type":"String","values":[]}
        {"name":"attribute","type":"String","values":[]}
        {"name":"type","type":"String","values":[]}
        {"name":"value","type":"String","values":[]}
        "###);
        insta::assert_snapshot!(columns(Frame::new(Shape::Wide, &["id"], None)), @r###"{"name":"id","type":"String","values":[]}"###);
    }

    #[test]
    fn an_attribute_of_two_types_is_an_error() {
        let (one, other) = (
            held(&[("A.B", Value::Int32(1))]),
            held(&[("a.b", text("1"))]),
        );
        let mut frame = Frame::new(Shape::Wide, &["id"], None);
        frame.push(&[Some("1")], &one).unwrap();
        let error = frame.push(&[Some("2")], &other).unwrap_err();
        insta::assert_snapshot!(error, @r###"a.b: the service gives the attribute with two types"###);

        // In another batch.
        let mut frame = Frame::new(Shape::Wide, &["id"], None);
        for _ in 0..BATCH_ROWS {
            frame.push(&[Some("1")], &one).unwrap();
        }
        assert!(frame.batches(false).unwrap().is_empty());
        frame.push(&[Some("2")], &other).unwrap();
        assert_eq!(frame.batches(true).unwrap_err().code(), ErrorCode::Protocol);
    }

    // What a reader of the stream finds.
    fn read_back(mut frame: Frame, pushed: &[(String, Assignments)]) -> Vec<RecordBatch> {
        let mut stream = Stream::default();
        let mut bytes = Vec::new();
        let mut write = |batches: Vec<RecordBatch>| {
            for message in batches
                .iter()
                .flat_map(|batch| stream.write(batch).unwrap())
            {
                assert_eq!(message[..4], [0xFF; 4]);
                bytes.extend(message);
            }
        };
        for (id, assignments) in pushed {
            frame.push(&[Some(id)], assignments).unwrap();
            write(frame.batches(false).unwrap());
        }
        write(frame.batches(true).unwrap());
        StreamReader::try_new(bytes.as_slice(), None)
            .unwrap()
            .collect::<std::result::Result<_, _>>()
            .unwrap()
    }

    #[test]
    fn columns_that_come_late_are_empty_before() {
        let mut pushed = vec![(String::from("1"), held(&[])); BATCH_ROWS];
        pushed.push((String::from("2"), held(&[("A.B", Value::Int32(7))])));
        let batches = read_back(Frame::new(Shape::Wide, &["id"], None), &pushed);
        let rows: Vec<_> = batches.iter().map(RecordBatch::num_rows).collect();
        assert_eq!(rows, [BATCH_ROWS, 1]);
        assert_eq!(batches[0].column(1).null_count(), BATCH_ROWS);
        assert_eq!(json_values(batches[1].column(1)), [json!(7)]);
    }

    fn any_value() -> impl Strategy<Value = (&'static str, Value)> {
        prop_oneof![
            any::<String>().prop_map(|it| ("A.Text", Value::String(it))),
            any::<i32>().prop_map(|it| ("A.Number", Value::Int32(it))),
            any::<bool>().prop_map(|it| ("A.Truth", Value::Boolean(it))),
            any::<Vec<String>>().prop_map(|it| ("A.Texts", Value::Strings(it))),
            any::<Vec<i32>>().prop_map(|it| ("A.Numbers", Value::Int32s(it))),
        ]
    }

    proptest! {
        #[test]
        fn what_is_put_in_comes_out(
            people in prop::collection::vec(prop::collection::vec(any_value(), 0..4), 0..20)
        ) {
            let pushed: Vec<(String, Assignments)> = people.iter().enumerate().map(|(n, list)| {
                let mut assignments = Assignments::default();
                for (name, value) in list {
                    assignments.put(path(name), value.clone());
                }
                (n.to_string(), assignments)
            }).collect();
            let batches = read_back(Frame::new(Shape::Wide, &["id"], None), &pushed);
            prop_assert_eq!(batches.len(), 1);
            let names = batches[0].schema();
            prop_assert_eq!(batches[0].num_rows(), pushed.len());
            for (n, (_, assignments)) in pushed.iter().enumerate() {
                for (field, column) in names.fields().iter().zip(batches[0].columns()).skip(1) {
                    let expected = assignments.get(&path(field.name())).map_or(Json::Null, |value| json!(value));
                    prop_assert_eq!(&json_values(column)[n], &expected);
                }
                for (path, _) in assignments.iter() {
                    prop_assert!(names.field_with_name(&path.to_string()).is_ok());
                }
            }
        }
    }
}
