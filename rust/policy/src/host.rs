//! The functions that policies may call and we answer: query_reference_value, and the built-ins of the engine that could
//! allocate or compute without bound in a single step, where no limit of the engine reaches.

use crate::engine::Fault;
use crate::{nesting, Status};
use regorus::unstable::{Expr, Ref, Source, Span, BUILTINS};
use regorus::Value;
use std::collections::BTreeMap;

/// Name and number of arguments of each.
pub const FUNCTIONS: [(&str, usize); 19] = [
    ("query_reference_value", 1),
    ("bits.lsh", 2),
    ("concat", 2),
    ("json.marshal", 1),
    ("json.marshal_with_options", 2),
    ("numbers.range", 2),
    ("numbers.range_step", 3),
    ("regex.replace", 3),
    ("replace", 3),
    ("sprintf", 2),
    ("strings.count", 2),
    ("strings.replace_n", 2),
    ("json.unmarshal", 1),
    ("to_number", 1),
    ("units.parse", 1),
    ("units.parse_bytes", 1),
    ("trim", 2),
    ("trim_left", 2),
    ("trim_right", 2),
];

const RANGE_ITEMS: i64 = 100_000;
const SHIFT_BITS: i64 = 65_536;
/// The engine pads with as many spaces as "%123456789d" says.
const WIDTH_DIGITS: usize = 3;
/// The sizes of a function's arguments, multiplied: a bound of what these functions make and of what they cost.
const EFFORT: usize = 16 << 20;

pub type Ask<'a> = Box<dyn FnMut(&str) -> Result<String, Fault> + 'a>;

pub struct Host<'a> {
    ask: Ask<'a>,
    lookups: usize,
    /// What our answers may still take: the engine does not count them.
    memory_left: usize,
    /// Each name is asked for once in an evaluation, so that a policy sees one consistent answer.
    answers: BTreeMap<Value, Value>,
}

impl<'a> Host<'a> {
    pub fn new(ask: Ask<'a>, lookups: usize, memory_bytes: usize) -> Self {
        Host { ask, lookups, memory_left: memory_bytes, answers: BTreeMap::new() }
    }

    /// Answers a call; `arguments` is an array, or undefined when one of the arguments was.
    pub fn call(&mut self, function: &Value, arguments: &Value) -> Result<Value, Fault> {
        let (Ok(function), Ok(arguments)) = (function.as_string(), arguments.as_array()) else {
            return Ok(Value::Undefined);
        };
        let arguments: Vec<Value> = arguments.iter().cloned().collect();
        if let ("query_reference_value", Some(name)) = (function.as_ref(), arguments.first()) {
            return self.reference_value(name);
        }
        let value = bounded(function, &arguments)?;
        let left = size_within(&value, self.memory_left).map(|size| self.memory_left - size);
        self.memory_left = left.ok_or_else(|| Fault::new(Status::Memory, "the policy makes too many large values"))?;
        Ok(value)
    }

    fn reference_value(&mut self, name: &Value) -> Result<Value, Fault> {
        if let Some(known) = self.answers.get(name) {
            return Ok(known.clone());
        }
        let text = name.as_string().map_err(|_| {
            Fault::new(Status::Fault, "query_reference_value takes the name of a reference value, a string")
        })?;
        if self.answers.len() >= self.lookups {
            return Err(Fault::new(Status::Lookups, "the policy asks for too many reference values"));
        }
        let answer = (self.ask)(text)?;
        let value = Value::from_json_str(&answer)
            .map_err(|error| Fault::new(Status::Fault, format!("reference value {text}: {error}")))?;
        self.answers.insert(name.clone(), value.clone());
        Ok(value)
    }

    pub fn answers(&self) -> &BTreeMap<Value, Value> {
        &self.answers
    }
}

/// A built-in of the engine, after a look at the size of its arguments.
pub fn bounded(function: &str, arguments: &[Value]) -> Result<Value, Fault> {
    let modest = match (function, arguments) {
        ("numbers.range", [from, to]) => is_modest_range(from, to),
        ("numbers.range_step", [from, to, step]) => is_modest_range(from, to) && step.as_i64().is_ok_and(|step| step > 0),
        ("bits.lsh", [_, by]) => by.as_i64().map_or(true, |by| by < SHIFT_BITS),
        ("json.unmarshal", [Value::String(text)]) => !nesting::has_huge_exponent(text),
        ("to_number" | "units.parse" | "units.parse_bytes", [Value::String(text)]) => !nesting::is_huge_number(text),
        ("sprintf", [format, _]) => is_modest_format(format) && is_modest_effort(arguments),
        _ => is_modest_effort(arguments),
    };
    if !modest {
        return Err(Fault::new(Status::Memory, format!("{function} would make a value of unreasonable size")));
    }
    builtin(function, arguments)
}

fn is_modest_range(from: &Value, to: &Value) -> bool {
    match (from.as_i64(), to.as_i64()) {
        (Ok(from), Ok(to)) => to.checked_sub(from).and_then(i64::checked_abs).is_some_and(|items| items < RANGE_ITEMS),
        _ => !matches!((from, to), (Value::Number(_), Value::Number(_))),
    }
}

fn is_modest_format(format: &Value) -> bool {
    let mut digits = 0;
    format.as_string().map_or("", |format| format).chars().all(|character| {
        digits = if character.is_numeric() { digits + 1 } else { 0 };
        digits <= WIDTH_DIGITS
    })
}

fn is_modest_effort(arguments: &[Value]) -> bool {
    let effort = |total: usize, argument: &Value| total.checked_mul(1 + size_within(argument, EFFORT)?);
    arguments.iter().try_fold(1, effort).is_some_and(|total| total <= EFFORT)
}

/// How many octets the value has written out, if within the limit. Parts that are shared count each time: sixty lines can
/// build a value of 2^60 parts.
pub fn size_within(value: &Value, limit: usize) -> Option<usize> {
    let mut left = limit;
    spend(value, &mut left)?;
    Some(limit - left)
}

fn spend(value: &Value, left: &mut usize) -> Option<()> {
    let own = match value {
        Value::String(text) => text.len(),
        _ => 4,
    };
    *left = left.checked_sub(own)?;
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| spend(item, left)),
        Value::Set(items) => items.iter().try_for_each(|item| spend(item, left)),
        Value::Object(members) => members.iter().try_for_each(|(key, item)| {
            spend(key, left)?;
            spend(item, left)
        }),
        _ => Some(()),
    }
}

/// Calls the engine's own function. What it rejects is undefined, as everywhere in Rego.
fn builtin(function: &str, arguments: &[Value]) -> Result<Value, Fault> {
    let Some((call, _)) = BUILTINS.get(function) else {
        return Err(Fault::new(Status::Fault, format!("no such function: {function}")));
    };
    let source = Source::from_contents(function.to_owned(), String::new())
        .map_err(|error| Fault::new(Status::Fault, error.to_string()))?;
    let span = Span { source, line: 1, col: 1, start: 0, end: 0 };
    let parameters: Vec<Ref<Expr>> = arguments
        .iter()
        .map(|value| Ref::new(Expr::Null { span: span.clone(), value: value.clone(), eidx: 0 }))
        .collect();
    Ok(call(&span, &parameters, arguments, false).unwrap_or(Value::Undefined))
}
