//! The C interface of the Rego engine; include/avouch_policy.h says what each function promises.
//! All `unsafe` of the crate is in this file.

mod definedness;
mod engine;
mod explain;
mod host;
mod nesting;
mod recursion;
mod syntax;

use engine::{Document, Fault, Limits, Program, Request};
use std::panic::{catch_unwind, AssertUnwindSafe};

extern "C" {
    /// Of the engine's allocator, mimalloc 2.2.
    fn mi_option_set(option: std::ffi::c_int, value: std::ffi::c_long);
    fn mi_collect(force: bool);
}

/// The allocator takes memory as it needs it. Ahead of need, the kernel backs its arena with huge pages: 2 MiB for each
/// few KiB.
fn take_memory_as_needed() {
    const ARENA_EAGER_COMMIT: std::ffi::c_int = 4; // mimalloc.h, mi_option_e
    unsafe { mi_option_set(ARENA_EAGER_COMMIT, 0) };
}

/// Values of avouch_policy_status.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Ok = 0,
    Syntax = 1,
    Package = 2,
    Fault = 3,
    Time = 4,
    Steps = 5,
    Memory = 6,
    Lookups = 7,
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
    rules: *const Text,
    rule_count: usize,
    input: *const Document,
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
/// As the header says; `document` and `message` are valid for writing.
#[no_mangle]
pub unsafe extern "C" fn avouch_policy_parse(
    json: Text,
    document: *mut *mut Document,
    message: *mut OwnedText,
) -> Status {
    match guarded(|| Document::parse("input", unsafe { json.read()? })) {
        Ok(parsed) => {
            unsafe { document.write(Box::into_raw(Box::new(parsed))) };
            Status::Ok
        }
        Err(fault) => {
            unsafe { message.write(fault.message.into()) };
            fault.status
        }
    }
}

/// # Safety
/// `document` comes from avouch_policy_parse and is not used again.
#[no_mangle]
pub unsafe extern "C" fn avouch_policy_free_document(document: *mut Document) {
    let _ = guarded(|| {
        drop(unsafe { Box::from_raw(document) });
        Ok(())
    });
}

/// # Safety
/// As the header says; `result` is valid for writing.
#[no_mangle]
pub unsafe extern "C" fn avouch_policy_reference_names(program: *const Program, result: *mut OwnedText) -> Status {
    unsafe { write_outcome(guarded(|| (*program).reference_names()), result) }
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
    evaluate: impl FnOnce(&mut Request) -> Result<String, Fault>,
) -> Result<String, Fault> {
    let (lookup, context) = (request.lookup, request.context);
    guarded(|| {
        let ask = move |name: &str| {
            let answer = lookup(context, Text { data: name.as_ptr(), size: name.len() });
            unsafe { answer.read() }.map(str::to_owned)
        };
        let rules = unsafe { std::slice::from_raw_parts(request.rules, request.rule_count) };
        let rules = rules.iter().map(|rule| unsafe { rule.read() }).collect::<Result<Vec<_>, _>>()?;
        let (input, data) = unsafe { (&*request.input, request.data.read()?) };
        evaluate(&mut Request::new(rules, input, data, limits, Box::new(ask))?)
    })
}

unsafe fn write_outcome(outcome: Result<String, Fault>, result: *mut OwnedText) -> Status {
    let (status, text) = match outcome {
        Ok(json) => (Status::Ok, json),
        Err(fault) => {
            // What a runaway policy filled goes back to the system; the allocator would wait for this thread's next call.
            unsafe { mi_collect(true) };
            (fault.status, fault.message)
        }
    };
    unsafe { result.write(text.into()) };
    status
}

/// Turns a panic of the engine into a fault.
fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err(Fault::from_panic(payload.as_ref())))
}
