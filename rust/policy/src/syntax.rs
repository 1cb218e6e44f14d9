//! What a policy's text says, without running it: its rules, the paths of the input it names, and where it reads
//! reference values.

use regorus::unstable::{Expr, Literal, LiteralStmt, Module, Query, Ref, Rule, RuleHead};
use regorus::{CompiledPolicy, Value};
use std::collections::BTreeMap;

const LOOKUP: &str = "query_reference_value";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Root {
    Input,
    Data,
}

/// A reference as far as its text fixes it: `input.a[i].b` is input, a.
#[derive(Clone)]
struct Path {
    root: Root,
    steps: Vec<String>,
    fixed: bool,
}

/// One place where a reference value is read.
pub struct Read {
    pub name: String,
    pub rule: String,
    pub line: u32,
    pub claims: Vec<Vec<String>>,
}

/// What a variable of a body stands for.
#[derive(Clone)]
enum Meaning {
    Path(Path),
    /// A reference value, by its place in References::reads.
    Reference(usize),
}

type Scope = BTreeMap<String, Meaning>;

/// Paths ("data.policy.allow") of the rules that have a value of their own: all but functions.
pub fn rule_paths(modules: &[Ref<Module>], package: &str) -> Result<Vec<String>, String> {
    let mut paths = Vec::new();
    for rule in modules.iter().flat_map(|module| module.policy.iter()) {
        match rule.as_ref() {
            Rule::Spec { head: RuleHead::Func { .. }, .. } => continue,
            Rule::Default { args, .. } if !args.is_empty() => continue,
            _ => {}
        }
        let head = head_of(rule);
        if has_constant_key(head) {
            let advice = "a rule for one member of an object is not supported: write the object in one rule";
            return Err(head.span().message("error", advice));
        }
        paths.push(format!("{package}.{}", first_name(head)));
    }
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// What a policy refers to, in the order of its text.
pub struct References {
    pub reads: Vec<Read>,
    /// Every path of the input.
    pub paths: Vec<Vec<String>>,
    /// Whether it says `not`, so that a rule may hold because another one has no value.
    pub negates: bool,
}

pub fn references(policy: &CompiledPolicy) -> References {
    let found = References { reads: Vec::new(), paths: Vec::new(), negates: false };
    let mut finder = Finder { rule: String::new(), found };
    for module in policy.get_modules() {
        let globals = finder.globals(module);
        for rule in &module.policy {
            finder.rule = head_of(rule).span().text().to_owned();
            finder.visit_rule(rule, &globals);
        }
    }
    finder.found
}

struct Finder {
    rule: String,
    found: References,
}

/// What one statement mentions.
#[derive(Default)]
struct Mentions {
    claims: Vec<Vec<String>>,
    reads: Vec<usize>,
}

impl Finder {
    /// Names of the module that stand for a path: `import input.cca` and `realm := input.cca.realm`.
    fn globals(&mut self, module: &Module) -> Scope {
        let mut globals = Scope::new();
        for import in &module.imports {
            let Some(path) = path_of(&import.refr, &globals) else { continue };
            let name = import.r#as.as_ref().map(|span| span.text().to_owned()).or_else(|| path.steps.last().cloned());
            if let Some(name) = name {
                globals.insert(name, Meaning::Path(path));
            }
        }
        for rule in &module.policy {
            let Rule::Spec { head: RuleHead::Compr { refr, assign: Some(assign), .. }, bodies, .. } = rule.as_ref() else {
                continue;
            };
            if bodies.is_empty() {
                if let (Expr::Var { .. }, Some(path)) = (refr.as_ref(), path_of(&assign.value, &globals)) {
                    globals.insert(refr.span().text().to_owned(), Meaning::Path(path));
                }
            }
        }
        globals
    }

    fn visit_rule(&mut self, rule: &Rule, globals: &Scope) {
        let Rule::Spec { head, bodies, .. } = rule else { return };
        let mut scope = globals.clone();
        if let RuleHead::Func { args, .. } = head {
            for argument in args {
                scope.remove(argument.span().text());
            }
        }
        let value = match head {
            RuleHead::Compr { assign, .. } | RuleHead::Func { assign, .. } => assign.as_ref().map(|assign| &assign.value),
            RuleHead::Set { key, .. } => key.as_ref(),
        };
        if let Some(value) = value {
            self.visit_statement(&[value], &scope);
        }
        for body in bodies {
            if let Some(assign) = &body.assign {
                self.visit_statement(&[&assign.value], &scope);
            }
            self.visit_query(&body.query, &scope);
        }
    }

    fn visit_query(&mut self, query: &Query, outer: &Scope) {
        let mut scope = outer.clone();
        for statement in &query.stmts {
            self.bind(statement, &mut scope);
        }
        for statement in &query.stmts {
            self.visit_statement(&expressions(statement), &scope);
            self.found.negates |= matches!(statement.literal, Literal::NotExpr { .. });
            if let Literal::Every { query, .. } = &statement.literal {
                self.visit_query(query, &scope);
            }
        }
    }

    /// Notes what a statement's variables stand for.
    fn bind(&mut self, statement: &LiteralStmt, scope: &mut Scope) {
        let (name, meaning) = match &statement.literal {
            Literal::Expr { expr, .. } => {
                let Expr::AssignExpr { lhs, rhs, .. } = expr.as_ref() else { return };
                let Expr::Var { span, .. } = lhs.as_ref() else { return };
                (span.text(), self.meaning_of(rhs, scope))
            }
            Literal::SomeIn { value, collection, .. } => (value.span().text(), item_of(collection, scope)),
            Literal::Every { value, domain, .. } => (value.text(), item_of(domain, scope)),
            _ => return,
        };
        match meaning {
            Some(meaning) => scope.insert(name.to_owned(), meaning),
            None => scope.remove(name),
        };
    }

    fn meaning_of(&mut self, expr: &Expr, scope: &Scope) -> Option<Meaning> {
        if let Some(path) = path_of(expr, scope) {
            return Some(Meaning::Path(path));
        }
        let (name, line) = lookup_of(expr)?;
        Some(Meaning::Reference(self.read_at(name, line)))
    }

    fn read_at(&mut self, name: String, line: u32) -> usize {
        let known = |read: &Read| read.name == name && read.line == line && read.rule == self.rule;
        self.found.reads.iter().position(known).unwrap_or_else(|| {
            self.found.reads.push(Read { name, rule: self.rule.clone(), line, claims: Vec::new() });
            self.found.reads.len() - 1
        })
    }

    /// One statement: the claims in it are those that its reference values are compared with.
    fn visit_statement(&mut self, exprs: &[&Ref<Expr>], scope: &Scope) {
        let mut mentions = Mentions::default();
        for expr in exprs {
            self.visit(expr, scope, &mut mentions);
        }
        for read in mentions.reads {
            let claims = &mut self.found.reads[read].claims;
            claims.extend(mentions.claims.iter().filter(|claim| !claims.contains(claim)).cloned().collect::<Vec<_>>());
        }
    }

    fn visit(&mut self, expr: &Expr, scope: &Scope, mentions: &mut Mentions) {
        if let Some((name, line)) = lookup_of(expr) {
            let read = self.read_at(name, line);
            mentions.reads.push(read);
            return;
        }
        if let Some(path) = path_of(expr, scope) {
            self.mention(expr, path, mentions);
        }
        if let (Expr::Var { .. }, Some(Meaning::Reference(read))) = (expr, scope.get(expr.span().text())) {
            mentions.reads.push(*read);
        }
        match expr {
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.visit(term, scope, mentions);
                self.visit_query(query, scope);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.visit(key, scope, mentions);
                self.visit(value, scope, mentions);
                self.visit_query(query, scope);
            }
            // The reference itself is one path; only what stands in its brackets is another.
            Expr::RefBrack { refr, index, .. } => {
                self.visit(index, scope, mentions);
                self.visit_brackets(refr, scope, mentions);
            }
            Expr::RefDot { refr, .. } => self.visit_brackets(refr, scope, mentions),
            _ => {
                for child in children(expr) {
                    self.visit(child, scope, mentions);
                }
            }
        }
    }

    fn visit_brackets(&mut self, expr: &Expr, scope: &Scope, mentions: &mut Mentions) {
        match expr {
            Expr::RefBrack { refr, index, .. } => {
                self.visit(index, scope, mentions);
                self.visit_brackets(refr, scope, mentions);
            }
            Expr::RefDot { refr, .. } => self.visit_brackets(refr, scope, mentions),
            Expr::Var { .. } => {}
            _ => self.visit(expr, scope, mentions),
        }
    }

    fn mention(&mut self, expr: &Expr, path: Path, mentions: &mut Mentions) {
        if path.root == Root::Input && !path.steps.is_empty() {
            if !self.found.paths.contains(&path.steps) {
                self.found.paths.push(path.steps.clone());
            }
            mentions.claims.push(path.steps);
        } else if let (Root::Data, ["reference", name]) = (path.root, &texts(&path.steps)[..]) {
            let read = self.read_at((*name).to_owned(), expr.span().line);
            mentions.reads.push(read);
        }
    }
}

fn texts(steps: &[String]) -> Vec<&str> {
    steps.iter().map(String::as_str).collect()
}

fn head_of(rule: &Rule) -> &Ref<Expr> {
    match rule {
        Rule::Spec { head: RuleHead::Compr { refr, .. }, .. }
        | Rule::Spec { head: RuleHead::Set { refr, .. }, .. }
        | Rule::Spec { head: RuleHead::Func { refr, .. }, .. }
        | Rule::Default { refr, .. } => refr,
    }
}

/// `x.a` and `x["a"]`, but not `x[i]`.
fn has_constant_key(head: &Expr) -> bool {
    match head {
        Expr::RefDot { .. } => true,
        Expr::RefBrack { refr, index, .. } => !matches!(index.as_ref(), Expr::Var { .. }) || has_constant_key(refr),
        _ => false,
    }
}

fn first_name(expr: &Expr) -> &str {
    match expr {
        Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => first_name(refr),
        _ => expr.span().text(),
    }
}

fn path_of(expr: &Expr, scope: &Scope) -> Option<Path> {
    match expr {
        Expr::Var { span, .. } => match (span.text(), scope.get(span.text())) {
            (_, Some(Meaning::Path(path))) => Some(path.clone()),
            ("input", _) => Some(Path { root: Root::Input, steps: Vec::new(), fixed: true }),
            ("data", _) => Some(Path { root: Root::Data, steps: Vec::new(), fixed: true }),
            _ => None,
        },
        Expr::RefDot { refr, field, .. } => Some(step(path_of(refr, scope)?, Some(&field.1))),
        Expr::RefBrack { refr, index, .. } => {
            let literal = match index.as_ref() {
                Expr::String { value, .. } | Expr::RawString { value, .. } => Some(value),
                _ => None,
            };
            Some(step(path_of(refr, scope)?, literal))
        }
        _ => None,
    }
}

fn step(mut path: Path, to: Option<&Value>) -> Path {
    match to.and_then(|to| to.as_string().ok()) {
        Some(name) if path.fixed => path.steps.push(name.to_string()),
        _ => path.fixed = false,
    }
    path
}

fn item_of(collection: &Expr, scope: &Scope) -> Option<Meaning> {
    path_of(collection, scope).map(|path| Meaning::Path(step(path, None)))
}

/// query_reference_value("name"): the name and the line.
fn lookup_of(expr: &Expr) -> Option<(String, u32)> {
    let Expr::Call { span, fcn, params, .. } = expr else { return None };
    match params.first().map(|name| name.as_ref()) {
        Some(Expr::String { value, .. } | Expr::RawString { value, .. }) if fcn.span().text() == LOOKUP => {
            Some((value.as_string().ok()?.to_string(), span.line))
        }
        _ => None,
    }
}

fn expressions(statement: &LiteralStmt) -> Vec<&Ref<Expr>> {
    match &statement.literal {
        Literal::SomeVars { .. } => Vec::new(),
        Literal::SomeIn { collection, .. } => vec![collection],
        Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => vec![expr],
        Literal::Every { domain, .. } => vec![domain],
    }
}

fn children(expr: &Expr) -> Vec<&Ref<Expr>> {
    match expr {
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().collect(),
        Expr::Object { fields, .. } => fields.iter().flat_map(|(_, key, value)| [key, value]).collect(),
        Expr::Call { params, .. } => params.iter().collect(),
        Expr::UnaryExpr { expr, .. } => vec![expr],
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => vec![lhs, rhs],
        Expr::Membership { key, value, collection, .. } => key.iter().chain([value, collection]).collect(),
        _ => Vec::new(),
    }
}
