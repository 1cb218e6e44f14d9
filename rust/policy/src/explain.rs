//! Why an evaluation came out as it did: the conditions that held, and the input that was missing.

use crate::syntax::{Read, References};
use regorus::rvm::instructions::GuardMode;
use regorus::rvm::{Instruction, Program as ByteCode};
use regorus::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The conditions, by their place in the byte code, that held at least once.
pub struct Trace {
    held: BTreeSet<usize>,
}

impl Trace {
    pub fn new() -> Self {
        Trace { held: BTreeSet::new() }
    }

    /// After the instruction at `pc`. A condition that fails outside of a loop is never noted.
    pub fn note(&mut self, code: &ByteCode, pc: usize, registers: &[Value]) {
        if code.instructions.get(pc).and_then(|instruction| holds(instruction, registers)) == Some(true) {
            self.held.insert(pc);
        }
    }
}

/// Whether a condition holds; None for any other instruction.
fn holds(instruction: &Instruction, registers: &[Value]) -> Option<bool> {
    let value = |register: u8| registers.get(usize::from(register)).unwrap_or(&Value::Undefined);
    match *instruction {
        Instruction::AssertEq { left, right } => {
            Some(*value(left) != Value::Undefined && value(left) == value(right))
        }
        Instruction::Guard { register, mode } => Some(match (mode, value(register)) {
            (GuardMode::Not, value) => matches!(value, Value::Undefined | Value::Bool(false)),
            (GuardMode::Condition, Value::Bool(held)) => *held,
            (GuardMode::Condition | GuardMode::NotUndefined, value) => *value != Value::Undefined,
        }),
        _ => None,
    }
}

/// The explanation as avouch_policy.h describes it.
pub fn report(
    value: Value,
    code: Option<&ByteCode>,
    trace: &Trace,
    found: Option<&References>,
    input: &Value,
) -> Value {
    let (reads, paths) = found.map_or((&[][..], &[][..]), |found| (&found.reads, &found.paths));
    let (held, failed) = code.map(|code| lines(code, trace)).unwrap_or_default();
    let mut members = vec![
        ("reads", reads.iter().map(describe).collect::<Vec<_>>().into()),
        ("held", held.into()),
        ("failed", failed.into()),
        ("absent", absent(paths, input).into()),
    ];
    if value != Value::Undefined {
        members.push(("value", value));
    }
    object(members)
}

/// A line held if each of its conditions held at least once.
fn lines(code: &ByteCode, trace: &Trace) -> (Vec<Value>, Vec<Value>) {
    let mut lines: BTreeMap<usize, bool> = BTreeMap::new();
    for (pc, instruction) in code.instructions.iter().enumerate() {
        let span = code.get_instruction_span(pc);
        if let (Some(span), Some(_)) = (span, holds(instruction, &[])) {
            let line = lines.entry(span.line).or_insert(true);
            *line &= trace.held.contains(&pc);
        }
    }
    let (held, failed): (Vec<_>, Vec<_>) = lines.into_iter().partition(|&(_, held)| held);
    let numbers = |lines: Vec<(usize, bool)>| lines.into_iter().map(|(line, _)| Value::from(line)).collect();
    (numbers(held), numbers(failed))
}

/// The paths that the input lacks; first those of which most is there, since they are the likeliest misspellings.
fn absent(paths: &[Vec<String>], input: &Value) -> Vec<Value> {
    let mut absent: Vec<(usize, usize, &Vec<String>)> = Vec::new();
    for path in paths {
        let present = present_steps(path, input);
        if present < path.len() {
            absent.push((path.len() - present, present, path));
        }
    }
    absent.sort_by_key(|&(missing, present, _)| (missing, std::cmp::Reverse(present)));
    absent.into_iter().map(|(_, _, path)| path.join(".").into()).collect()
}

fn present_steps(path: &[String], input: &Value) -> usize {
    let mut here = input;
    for (count, step) in path.iter().enumerate() {
        match here.as_object().ok().and_then(|object| object.get(&Value::from(step.as_str()))) {
            Some(member) => here = member,
            None => return count,
        }
    }
    path.len()
}

fn describe(read: &Read) -> Value {
    let claims: Vec<Value> = read.claims.iter().map(|claim| claim.join(".").into()).collect();
    object(vec![
        ("name", read.name.as_str().into()),
        ("rule", read.rule.as_str().into()),
        ("line", read.line.into()),
        ("claims", claims.into()),
    ])
}

fn object(members: Vec<(&str, Value)>) -> Value {
    members.into_iter().map(|(name, value)| (Value::from(name), value)).collect::<BTreeMap<_, _>>().into()
}
