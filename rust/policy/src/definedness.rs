//! Makes byte code fail where the language says that an undefined value fails.
//!
//! The engine's compiler leaves out three checks that its interpreter, and OPA, make: `y := input.absent` must fail, a
//! comprehension must skip an item that is undefined, and so must a rule that builds an object. Without them a policy
//! could hold because of something that is missing. This pass inserts a guard before each such instruction and moves all
//! jumps accordingly.

use regorus::rvm::instructions::GuardMode;
use regorus::rvm::{Instruction, Program};
use std::sync::Arc;

pub fn demand(code: &mut Program) -> Result<(), String> {
    let old = std::mem::take(&mut code.instructions);
    let mut old_spans = std::mem::take(&mut code.instruction_spans);
    old_spans.resize(old.len(), None);
    // Where the code that was at each place begins now, with its guards; the end is a place too.
    let mut places = Vec::with_capacity(old.len() + 1);
    for (place, (instruction, span)) in old.iter().zip(old_spans).enumerate() {
        places.push(code.instructions.len());
        for register in needed_by(&old, place).into_iter().flatten() {
            code.instructions.push(Instruction::Guard { register, mode: GuardMode::NotUndefined });
            code.instruction_spans.push(span.clone());
        }
        code.instructions.push(*instruction);
        code.instruction_spans.push(span);
    }
    places.push(code.instructions.len());
    if code.instructions.len() > Program::MAX_INSTRUCTIONS {
        return Err("the policy is too long".to_owned());
    }
    move_jumps(code, &places);
    Ok(())
}

/// The registers that must hold a value when the instruction at `place` runs.
fn needed_by(code: &[Instruction], place: usize) -> [Option<u8>; 2] {
    match code[place] {
        Instruction::Move { src, .. } => match code.get(place + 1) {
            // The call of a host function: what follows handles undefined arguments.
            Some(Instruction::Not { operand, .. }) if *operand == src => [None, None],
            // A variable that is checked already.
            Some(Instruction::Guard { mode: GuardMode::NotUndefined, .. }) => [None, None],
            _ => [Some(src), None],
        },
        Instruction::ComprehensionYield { value_reg, key_reg } => [Some(value_reg), key_reg],
        Instruction::ObjectSet { key, value, .. } => [Some(value), Some(key)],
        _ => [None, None],
    }
}

fn move_jumps(code: &mut Program, places: &[usize]) {
    let moved = |place: usize| places.get(place).copied().unwrap_or(place);
    let move_u16 = |place: &mut u16| *place = moved(usize::from(*place)) as u16;
    let move_u32 = |place: &mut u32| *place = moved(*place as usize) as u32;
    for instruction in &mut code.instructions {
        match instruction {
            Instruction::LoopNext { body_start, loop_end } => {
                move_u16(body_start);
                move_u16(loop_end);
            }
            Instruction::LogicalBlockStart { end_pc, .. }
            | Instruction::AllOfNext { end_pc, .. }
            | Instruction::AnyOfNext { end_pc, .. } => move_u16(end_pc),
            _ => {}
        }
    }
    for parameters in &mut code.instruction_data.loop_params {
        move_u16(&mut parameters.body_start);
        move_u16(&mut parameters.loop_end);
    }
    for parameters in &mut code.instruction_data.comprehension_begin_params {
        move_u16(&mut parameters.body_start);
        move_u16(&mut parameters.comprehension_end);
    }
    for rule in &mut code.rule_infos {
        let mut definitions = (*rule.definitions).clone();
        definitions.iter_mut().flatten().for_each(move_u32);
        rule.definitions = Arc::new(definitions);
        rule.destructuring_blocks.iter_mut().flatten().for_each(move_u32);
    }
    for place in code.entry_points.values_mut() {
        *place = moved(*place);
    }
    move_u32(&mut code.main_entry_point);
}
