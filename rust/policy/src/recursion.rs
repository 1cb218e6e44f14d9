//! Refuses rules that need themselves, as the language demands. The engine would run them until a limit stops it.

use regorus::rvm::{Instruction, Program};
use std::collections::BTreeMap;

pub fn refuse(code: &Program) -> Result<(), String> {
    let calls = calls_by_rule(code);
    // 0: not seen, 1: being visited, 2: done.
    let mut states = vec![0u8; code.rule_infos.len()];
    for start in 0..code.rule_infos.len() {
        let mut path = vec![(start, 0)];
        while let Some((rule, next)) = path.pop() {
            states[rule] = 1;
            let Some(&called) = calls.get(&rule).and_then(|called| called.get(next)) else {
                states[rule] = 2;
                continue;
            };
            path.push((rule, next + 1));
            match states.get(called) {
                Some(0) => path.push((called, 0)),
                Some(1) => return Err(format!("rule {} needs itself", code.rule_infos[called].name)),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Which rules the code of each rule calls. A rule's blocks lie one after another; each ends where the next starts.
fn calls_by_rule(code: &Program) -> BTreeMap<usize, Vec<usize>> {
    let mut owners: BTreeMap<usize, usize> = BTreeMap::new();
    for (rule, info) in code.rule_infos.iter().enumerate() {
        let bodies = info.definitions.iter().flatten();
        for &start in bodies.chain(info.destructuring_blocks.iter().flatten()) {
            owners.insert(start as usize, rule);
        }
    }
    let mut calls: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, instruction) in code.instructions.iter().enumerate() {
        let called = match *instruction {
            Instruction::CallRule { rule_index, .. } => Some(usize::from(rule_index)),
            Instruction::FunctionCall { params_index } => code
                .instruction_data
                .get_function_call_params(params_index)
                .map(|call| usize::from(call.func_rule_index)),
            _ => None,
        };
        if let (Some(called), Some((_, &owner))) = (called, owners.range(..=place).next_back()) {
            calls.entry(owner).or_default().push(called);
        }
    }
    calls
}
