// The C interface of rust/policy: Rego policies compiled once and evaluated with limits. Kept by hand, in step with
// src/lib.rs. Texts are UTF-8 and need no terminating zero. No function unwinds or blocks.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct avouch_policy_program avouch_policy_program;
typedef struct avouch_policy_document avouch_policy_document;  // JSON in the engine's own form

// Borrowed text.
typedef struct {
  const char* data;
  size_t size;
} avouch_policy_text;

// Text that the engine allocated; to be given back to avouch_policy_free_string.
typedef struct {
  char* data;
  size_t size;
  size_t capacity;
} avouch_policy_string;

typedef struct {
  uint64_t time_milliseconds;  // for one rule; a single built-in function is not interrupted
  size_t steps;                // instructions of one rule
  size_t lookups;              // different names asked for in one evaluation
  size_t memory_bytes;         // requested for one rule in all, freed or not
  size_t engine_bytes;         // held by all programs and evaluations of the process together
} avouch_policy_limits;

typedef enum {
  AVOUCH_POLICY_OK = 0,
  AVOUCH_POLICY_SYNTAX = 1,   // compile: the source is not Rego, or is nested too deeply
  AVOUCH_POLICY_PACKAGE = 2,  // compile: the source does not declare `package policy`
  AVOUCH_POLICY_FAULT = 3,    // a run-time fault
  AVOUCH_POLICY_TIME = 4,
  AVOUCH_POLICY_STEPS = 5,
  AVOUCH_POLICY_MEMORY = 6,
  AVOUCH_POLICY_LOOKUPS = 7,
} avouch_policy_status;

// Answers query_reference_value(name) with JSON text that stays valid until the next call. Called once for each name.
typedef avouch_policy_text (*avouch_policy_lookup)(void* context, avouch_policy_text name);

typedef struct {
  const avouch_policy_text* rules;  // "data.policy.allow", …; at least one
  size_t rule_count;
  const avouch_policy_document* input;
  avouch_policy_text data;  // JSON, an object
  avouch_policy_lookup lookup;
  void* context;
} avouch_policy_request;

// On AVOUCH_POLICY_OK *program is set, to be given to avouch_policy_free; otherwise *message says what is wrong.
avouch_policy_status avouch_policy_compile(avouch_policy_text name, avouch_policy_text source,
                                           const avouch_policy_limits* limits, avouch_policy_program** program,
                                           avouch_policy_string* message);

// *result is an array of the names of the reference values that the policy's text names, each once.
avouch_policy_status avouch_policy_reference_names(const avouch_policy_program* program, avouch_policy_string* result);

// On AVOUCH_POLICY_OK *document is set, to be given to avouch_policy_free_document; otherwise *message says what is
// wrong.
avouch_policy_status avouch_policy_parse(avouch_policy_text json, avouch_policy_document** document,
                                         avouch_policy_string* message);

// On AVOUCH_POLICY_OK *result is an object with the value of each rule that has one, otherwise a message.
// One program, and one document, may serve any number of threads at once.
avouch_policy_status avouch_policy_evaluate(const avouch_policy_program* program, const avouch_policy_request* request,
                                            const avouch_policy_limits* limits, avouch_policy_string* result);

// Of the first rule alone; slower, and on AVOUCH_POLICY_OK *result is an object: value (absent if undefined),
// reads [{name, rule, line, claims}], held [line], failed [line], absent [path].
avouch_policy_status avouch_policy_explain(const avouch_policy_program* program, const avouch_policy_request* request,
                                           const avouch_policy_limits* limits, avouch_policy_string* result);

void avouch_policy_free(avouch_policy_program* program);
void avouch_policy_free_document(avouch_policy_document* document);
void avouch_policy_free_string(avouch_policy_string text);

#ifdef __cplusplus
}
#endif
