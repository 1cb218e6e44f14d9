//! The C interface of the Rego engine; include/avouch_policy.h says what each function promises.
//! All `unsafe` of the crate is in this file.

mod definedness;
mod engine;
mod explain;
mod host;
mod nesting;
mod recursion;
mod syntax;

use engine::{Fault, Limits, Outcome, Program, Request};
use std::panic::{catch_unwind, AssertUnwindSafe};

/// Values of avouch_policy_status.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Ok = 0,
    Undefined = 1,
    Syntax = 2,
    Package = 3,
    Fault = 4,
    Time = 5,
    Steps = 6,
    Memory = 7,
    Lookups = 8,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    data: *const u8,
    size: usize,
}

impl Text {
    /// # Safety
    /// `data` points to `size` octets that outlive the result, or `size` is 0.
    unsafe fn read<'a>(self) -> Result<&'a str, Fault> {
        if self.size == 0 {
            return Ok("");
        }
        let octets = unsafe { std::slice::from_raw_parts(self.data, self.size) };
        std::str::from_utf8(octets).map_err(|_| Fault::new(Status::Fault, "text is not UTF-8"))
    }
}

#[repr(C)]
pub struct OwnedText {
    data: *mut u8,
    size: usize,
    capacity: usize,
}

impl From<String> for OwnedText {
    fn from(text: String) -> Self {
        let mut text = std::mem::ManuallyDrop::new(text);
        OwnedText { data: text.as_mut_ptr(), size: text.len(), capacity: text.capacity() }
    }
}

#[repr(C)]
pub struct CRequest {
    rule: Text,
    input: Text,
    data: Text,
    lookup: extern "C" fn(*mut std::ffi::c_void, Text) -> Text,
    context: *mut std::ffi::c_void,
}

/// # Safety
/// As the header says; `program` and `message` are valid for writing.
#[no_mangle]
pub unsafe extern "C" fn avouch_policy_compile(
    name: Text,
    source: Text,
    limits: *const Limits,
    program: *mut *mut Program,
    message: *mut OwnedText,
) -> Status {
    let compiled = guarded(|| {
        let (name, source) = unsafe { (name.read()?, source.read()?) };
        Program::compile(name, source, unsafe { &*limits })
    });
    match compiled {
        Ok(compiled) => {
            unsafe { program.write(Box::into_raw(Box::new(compiled))) };
            Status::Ok
        }
        // A fault while compiling is one of the source: there is no input yet.
        Err(fault) => {
            unsafe { message.write(fault.message.into()) };
            if fault.status == Status::Package { Status::Package } else { Status::Syntax }
        }
    }
}

/// # Safety
/// As the header says; `result` is valid for writing.
#[no_mangle]
pub unsafe extern "C" fn avouch_policy_evaluate(
    program: *const Program,
    request: *const CRequest,
    limits: *const Limits,
    result: *mut OwnedText,
) -> Status {
    let outcome = unsafe { answer(&*request, &*limits, |request| (*program).evaluate(request)) };
    unsafe { write_outcome(outcome, result) }
}

/// # Safety
/// As the header says; `result` is valid for writing.
#[no_mangle]
pub unsafe extern "C" fn avouch_policy_explain(
    program: *const Program,
    request: *const CRequest,
    limits: *const Limits,
    result: *mut OwnedText,
) -> Status {
    let outcome = unsafe { answer(&*request, &*limits, |request| (*program).explain(request)) };
    unsafe { write_outcome(outcome, result) }
}

/// # Safety
/// `program` comes from avouch_policy_compile and is not used again.
#[no_mangle]
pub unsafe extern "C" fn avouch_policy_free(program: *mut Program) {
    let _ = guarded(|| {
        drop(unsafe { Box::from_raw(program) });
        Ok(())
    });
}

/// # Safety
/// `text` comes from this library and is not used again.
#[no_mangle]
pub unsafe extern "C" fn avouch_policy_free_string(text: OwnedText) {
    if text.capacity > 0 {
        drop(unsafe { String::from_raw_parts(text.data, text.size, text.capacity) });
    }
}

unsafe fn answer(
    request: &CRequest,
    limits: &Limits,
    evaluate: impl FnOnce(&mut Request) -> Result<Outcome, Fault>,
) -> Result<Outcome, Fault> {
    let (lookup, context) = (request.lookup, request.context);
    guarded(|| {
        let ask = move |name: &str| {
            let answer = lookup(context, Text { data: name.as_ptr(), size: name.len() });
            unsafe { answer.read() }.map(str::to_owned)
        };
        let (rule, input, data) = unsafe { (request.rule.read()?, request.input.read()?, request.data.read()?) };
        evaluate(&mut Request::new(rule, input, data, limits, Box::new(ask))?)
    })
}

unsafe fn write_outcome(outcome: Result<Outcome, Fault>, result: *mut OwnedText) -> Status {
    let (status, text) = match outcome {
        Ok(Outcome::Value(json)) => (Status::Ok, json),
        Ok(Outcome::Undefined) => (Status::Undefined, String::new()),
        Err(fault) => (fault.status, fault.message),
    };
    unsafe { result.write(text.into()) };
    status
}

/// Turns a panic of the engine into a fault.
fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err(Fault::from_panic(payload.as_ref())))
}
