//! Compiling a policy to the engine's byte code, and running it with limits.

use crate::explain::{self, Trace};
use crate::host::{self, Ask, Host};
use crate::{definedness, nesting, recursion, syntax, Status};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::{ExecutionMode, ExecutionState, RegoVM, SuspendReason, VmError};
use regorus::rvm::program::RuleInfo;
use regorus::rvm::Program as ByteCode;
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{CompiledPolicy, Engine, LimitError, MemoryBudgetConfig, Value};
use std::any::Any;
use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroU64};
use std::sync::{Arc, Once};
use std::time::Duration;

const PACKAGE: &str = "data.policy";
/// Instructions between two looks at the clock: some 10 microseconds.
const TIMER_INTERVAL: NonZeroU32 = NonZeroU32::new(256).unwrap();
/// Address space, touched only as far as needed, for passes that recurse into the syntax tree; nesting::CHAIN levels of
/// the deepest frame need half of it.
const DEEP_STACK_BYTES: usize = 64 << 20;

/// In one piece of code: each takes one of its 255 registers.
const ENTRY_POINTS: usize = 128;
const RESULT_BYTES: usize = 4 << 20;

/// avouch_policy_limits.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Limits {
    time_milliseconds: u64,
    steps: usize,
    lookups: usize,
    memory_bytes: usize,
    engine_bytes: usize,
}

#[derive(Debug)]
pub struct Fault {
    pub status: Status,
    pub message: String,
}

impl Fault {
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Fault { status, message: message.into() }
    }

    pub fn from_panic(payload: &(dyn Any + Send)) -> Self {
        let reason = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let reason = reason.or_else(|| payload.downcast_ref::<String>().cloned());
        Fault::new(Status::Fault, format!("the engine gave up: {}", reason.unwrap_or_default()))
    }

    fn syntax(error: impl std::fmt::Display) -> Self {
        Fault::new(Status::Syntax, error.to_string().trim())
    }
}

/// JSON in the engine's own form, shared by the evaluations that read it.
pub struct Document(Value);

impl Document {
    pub fn parse(what: &str, json: &str) -> Result<Self, Fault> {
        let value = Value::from_json_str(json);
        value.map(Document).map_err(|error| Fault::new(Status::Fault, format!("{what}: {error}")))
    }
}

pub struct Question<'a> {
    rules: Vec<&'a str>,
    input: Value,
    data: Value,
    limits: &'a Limits,
}

pub struct Request<'a> {
    question: Question<'a>,
    host: Host<'a>,
}

impl<'a> Request<'a> {
    pub fn new(
        rules: Vec<&'a str>,
        input: &Document,
        data: &str,
        limits: &'a Limits,
        ask: Ask<'a>,
    ) -> Result<Self, Fault> {
        let Document(data) = Document::parse("data", data)?;
        let question = Question { rules, input: input.0.clone(), data, limits };
        Ok(Request { question, host: Host::new(ask, limits.lookups, limits.memory_bytes) })
    }
}

pub struct Program {
    name: String,
    source: String,
    /// The code that has the rule as an entry point.
    code: BTreeMap<String, Arc<ByteCode>>,
    /// Whether a conflict between rules could turn into a wrong answer, not only into none.
    negates: bool,
    /// Of the reference values that its text names, each once, in order.
    reference_names: Vec<String>,
}

impl Program {
    pub fn compile(name: &str, source: &str, limits: &Limits) -> Result<Self, Fault> {
        prepare_process(limits);
        if let Some(line) = nesting::too_deep_at(source) {
            return Err(Fault::new(Status::Syntax, format!("{name}:{line}: nested too deeply, or too many operators in one block")));
        }
        if nesting::has_huge_exponent(source) {
            return Err(Fault::new(Status::Syntax, format!("{name}: a number has an exponent of more than 3 digits")));
        }
        let (code, found) = on_deep_stack(|| {
            let (policy, rules) = parse(name, source)?;
            let Some(policy) = policy else { return Ok((BTreeMap::new(), None)) };
            let mut code_by_rule = BTreeMap::new();
            for group in rules.chunks(ENTRY_POINTS) {
                let code = to_byte_code(&policy, group)?;
                recursion::refuse(&code).map_err(|message| Fault::new(Status::Syntax, format!("{name}: {message}")))?;
                code_by_rule.extend(group.iter().map(|rule| (rule.clone(), code.clone())));
            }
            Ok((code_by_rule, Some(syntax::references(&policy))))
        })?;
        let negates = found.as_ref().is_some_and(|found| found.negates);
        let mut reference_names: Vec<String> = Vec::new();
        for read in found.into_iter().flat_map(|found| found.reads) {
            if !reference_names.contains(&read.name) {
                reference_names.push(read.name);
            }
        }
        Ok(Program { name: name.to_owned(), source: source.to_owned(), code, negates, reference_names })
    }

    /// As an array in JSON.
    pub fn reference_names(&self) -> Result<String, Fault> {
        to_text(&Value::from(self.reference_names.iter().map(|name| Value::from(name.as_str())).collect::<Vec<_>>()))
    }

    /// The rules that have a value, as an object in JSON.
    pub fn evaluate(&self, request: &mut Request) -> Result<String, Fault> {
        let mut values = BTreeMap::new();
        let mut machine: Option<Machine> = None;
        for rule in request.question.rules.clone() {
            let Some(code) = self.code.get(rule) else { continue };
            let mut ready = match machine.take() {
                Some(machine) if Arc::ptr_eq(&machine.code, code) => machine,
                _ => Machine::new(code, &request.question)?,
            };
            let value = ready.run(rule, &mut request.host, None)?;
            self.look_for_conflict(code, rule, &value, request)?;
            if value != Value::Undefined {
                values.insert(Value::from(rule), value);
            }
            machine = Some(ready);
        }
        to_text(&Value::from(values))
    }

    /// Of the first rule asked for.
    pub fn explain(&self, request: &mut Request) -> Result<String, Fault> {
        let wanted = request.question.rules.first().copied().unwrap_or_default();
        let (code, found) = on_deep_stack(|| {
            let (policy, rules) = parse(&self.name, &self.source)?;
            let Some(policy) = policy else {
                return Ok((None, None));
            };
            let rule = rules.into_iter().filter(|rule| rule == wanted).collect::<Vec<_>>();
            let code = if rule.is_empty() { None } else { Some(to_byte_code(&policy, &rule)?) };
            Ok((code, Some(syntax::references(&policy))))
        })?;
        let mut trace = Trace::new();
        let mut value = Value::Undefined;
        if let Some(code) = &code {
            value = Machine::new(code, &request.question)?.run(wanted, &mut request.host, Some(&mut trace))?;
            self.look_for_conflict(code, wanted, &value, request)?;
        }
        to_text(&explain::report(value, code.as_deref(), &trace, found.as_ref(), &request.question.input))
    }

    /// The byte code takes a rule with two different values for undefined; Rego demands a fault. The engine's interpreter
    /// raises it, so it has the last word where a conflict is possible and the value may be due to it.
    fn look_for_conflict(&self, code: &ByteCode, rule: &str, value: &Value, request: &Request) -> Result<(), Fault> {
        let possible = |rule: &RuleInfo| rule.definitions.len() > 1 && !rule.early_exit_on_first_success;
        if (*value != Value::Undefined && !self.negates) || !code.rule_infos.iter().any(possible) {
            return Ok(());
        }
        let (question, answers) = (&request.question, request.host.answers());
        on_deep_stack(|| {
            let mut engine = parse_engine(&self.name, &self.source)?;
            engine.set_execution_timer_config(timer(question.limits));
            for (function, arguments) in host::FUNCTIONS {
                let answers = answers.clone();
                let call = move |arguments: Vec<Value>| reply(function, &answers, &arguments);
                engine.add_extension(function.to_owned(), arguments as u8, Box::new(call)).map_err(Fault::syntax)?;
            }
            engine.set_input(question.input.clone());
            let value = engine.add_data(question.data.clone());
            let value = value.and_then(|()| engine.eval_rule(rule.to_owned()));
            value.map(drop).map_err(|error| match error.downcast_ref::<LimitError>() {
                Some(LimitError::TimeLimitExceeded { .. }) => Fault::new(Status::Time, error.to_string()),
                Some(_) => Fault::new(Status::Memory, error.to_string()),
                None => Fault::new(Status::Fault, error.to_string().trim()),
            })
        })
    }
}

fn reply(function: &str, answers: &BTreeMap<Value, Value>, arguments: &[Value]) -> anyhow::Result<Value> {
    if function == "query_reference_value" {
        return Ok(arguments.first().and_then(|name| answers.get(name)).cloned().unwrap_or(Value::Null));
    }
    host::bounded(function, arguments).map_err(|fault| anyhow::anyhow!(fault.message))
}

/// The engine's machine, made ready for one question; each rule of it starts from a clean state.
struct Machine {
    code: Arc<ByteCode>,
    machine: RegoVM,
}

impl Machine {
    fn new(code: &Arc<ByteCode>, question: &Question) -> Result<Self, Fault> {
        let mut machine = RegoVM::new();
        machine.load_program(code.clone());
        machine.set_execution_mode(ExecutionMode::Suspendable);
        machine.set_max_instructions(question.limits.steps);
        machine.set_execution_timer_config(Some(timer(question.limits)));
        machine.set_memory_budget_config(
            NonZeroU64::new(question.limits.memory_bytes as u64).map(|limit| MemoryBudgetConfig { limit }),
        );
        machine.set_data(question.data.clone()).map_err(|error| fault_of(error, None))?;
        machine.set_input(question.input.clone());
        Ok(Machine { code: code.clone(), machine })
    }

    /// Runs one rule. With a trace, stops after each instruction to note which conditions held.
    fn run(&mut self, rule: &str, host: &mut Host, mut trace: Option<&mut Trace>) -> Result<Value, Fault> {
        let Machine { code, machine } = self;
        machine.set_step_mode(trace.is_some());
        let mut progress = machine.execute_entry_point_by_name(rule);
        loop {
            let value = progress.map_err(|error| fault_of(error, line_of(code, machine.get_pc())))?;
            progress = match machine.execution_state() {
                ExecutionState::Suspended { reason: SuspendReason::HostAwait { identifier, argument, .. }, .. } => {
                    let answer = host.call(identifier, argument);
                    let answer = answer.map_err(|fault| at_line(fault, line_of(code, machine.get_pc())))?;
                    machine.resume(Some(answer))
                }
                ExecutionState::Suspended { .. } => {
                    if let Some(trace) = trace.as_deref_mut() {
                        trace.note(code, machine.get_pc(), machine.get_registers());
                    }
                    machine.resume(None)
                }
                _ => return Ok(value),
            };
        }
    }
}

fn parse(name: &str, source: &str) -> Result<(Option<CompiledPolicy>, Vec<String>), Fault> {
    let mut engine = parse_engine(name, source)?;
    let rules = syntax::rule_paths(engine.get_modules(), PACKAGE).map_err(Fault::syntax)?;
    let policy = match rules.first() {
        Some(rule) => Some(engine.compile_with_entrypoint(&rule.as_str().into()).map_err(Fault::syntax)?),
        None => None,
    };
    Ok((policy, rules))
}

fn parse_engine(name: &str, source: &str) -> Result<Engine, Fault> {
    let mut engine = Engine::new();
    engine.set_gather_prints(true);  // Otherwise print() writes to our standard error.
    let package = engine.add_policy(name.to_owned(), source.to_owned()).map_err(Fault::syntax)?;
    if package != PACKAGE {
        let declared = package.strip_prefix("data.").unwrap_or(&package);
        return Err(Fault::new(Status::Package, format!("{name}: must be `package policy`, not `package {declared}`")));
    }
    Ok(engine)
}

fn to_byte_code(policy: &CompiledPolicy, rules: &[String]) -> Result<Arc<ByteCode>, Fault> {
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let code = Compiler::compile_from_policy_with_host_await(policy, &rules, &host::FUNCTIONS).map_err(Fault::syntax)?;
    let mut code = Arc::unwrap_or_clone(code);
    definedness::demand(&mut code).map_err(Fault::syntax)?;
    Ok(Arc::new(code))
}

fn timer(limits: &Limits) -> ExecutionTimerConfig {
    ExecutionTimerConfig {
        limit: Duration::from_millis(limits.time_milliseconds),
        check_interval: TIMER_INTERVAL,
    }
}

fn to_text(value: &Value) -> Result<String, Fault> {
    if host::size_within(value, RESULT_BYTES).is_none() {
        return Err(Fault::new(Status::Memory, "the value is of unreasonable size"));
    }
    value.to_json_str().map_err(|error| Fault::new(Status::Fault, error.to_string()))
}

fn line_of(code: &ByteCode, pc: usize) -> Option<usize> {
    code.get_instruction_span(pc).map(|span| span.line)
}

fn at_line(fault: Fault, line: Option<usize>) -> Fault {
    match line {
        Some(line) => Fault::new(fault.status, format!("line {line}: {}", fault.message)),
        None => fault,
    }
}

fn fault_of(error: VmError, line: Option<usize>) -> Fault {
    let status = match error {
        VmError::TimeLimitExceeded { .. } => Status::Time,
        VmError::InstructionLimitExceeded { .. } => Status::Steps,
        VmError::MemoryLimitExceeded { .. } | VmError::MemoryBudgetExceeded { .. } => Status::Memory,
        VmError::RegexSizeLimitExceeded { .. } => Status::Memory,
        _ => Status::Fault,
    };
    at_line(Fault::new(status, error.to_string()), line)
}

/// Runs work that recurses into a syntax tree. A panic of it is a fault here.
fn on_deep_stack<T: Send>(work: impl FnOnce() -> Result<T, Fault> + Send) -> Result<T, Fault> {
    std::thread::scope(|scope| {
        let counted = || {
            let result = work();
            regorus::flush_thread_memory_counters();
            result
        };
        let thread = std::thread::Builder::new().stack_size(DEEP_STACK_BYTES).spawn_scoped(scope, counted);
        let thread = thread.map_err(|error| Fault::new(Status::Fault, format!("no thread: {error}")))?;
        thread.join().unwrap_or_else(|payload| Err(Fault::from_panic(payload.as_ref())))
    })
}

/// What the engine keeps for the whole process.
fn prepare_process(limits: &Limits) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        crate::take_memory_as_needed();
        std::panic::set_hook(Box::new(|_| {}));  // A panic is reported as a fault, not on standard error.
        regorus::set_global_memory_limit(Some(limits.engine_bytes as u64));
    });
}
