// The C interface of rust/policy: Rego policies compiled once and evaluated with limits. Kept by hand, in step with
// src/lib.rs. Texts are UTF-8 and need no terminating zero. No function unwinds or blocks.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct avouch_policy_program avouch_policy_program;

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
  uint64_t time_milliseconds;  // for one evaluation; a single built-in function is not interrupted
  size_t steps;                // instructions of one evaluation
  size_t lookups;              // different names asked for in one evaluation
  size_t memory_bytes;         // requested by one evaluation in all, freed or not
  size_t engine_bytes;         // held by all programs and evaluations of the process together
} avouch_policy_limits;

typedef enum {
  AVOUCH_POLICY_OK = 0,
  AVOUCH_POLICY_UNDEFINED = 1,  // the rule has no value for this input
  AVOUCH_POLICY_SYNTAX = 2,     // compile: the source is not Rego, or is nested too deeply
  AVOUCH_POLICY_PACKAGE = 3,    // compile: the source does not declare `package policy`
  AVOUCH_POLICY_FAULT = 4,      // a run-time fault
  AVOUCH_POLICY_TIME = 5,
  AVOUCH_POLICY_STEPS = 6,
  AVOUCH_POLICY_MEMORY = 7,
  AVOUCH_POLICY_LOOKUPS = 8,
} avouch_policy_status;

// Answers query_reference_value(name) with JSON text that stays valid until the next call. Called once for each name.
typedef avouch_policy_text (*avouch_policy_lookup)(void* context, avouch_policy_text name);

typedef struct {
  avouch_policy_text rule;   // "data.policy.allow"
  avouch_policy_text input;  // JSON
  avouch_policy_text data;   // JSON, an object
  avouch_policy_lookup lookup;
  void* context;
} avouch_policy_request;

// On AVOUCH_POLICY_OK *program is set, to be given to avouch_policy_free; otherwise *message says what is wrong.
avouch_policy_status avouch_policy_compile(avouch_policy_text name, avouch_policy_text source,
                                           const avouch_policy_limits* limits, avouch_policy_program** program,
                                           avouch_policy_string* message);

// *result is the rule's value as JSON on AVOUCH_POLICY_OK, empty on AVOUCH_POLICY_UNDEFINED, otherwise a message.
// One program may be evaluated by any number of threads at once.
avouch_policy_status avouch_policy_evaluate(const avouch_policy_program* program, const avouch_policy_request* request,
                                            const avouch_policy_limits* limits, avouch_policy_string* result);

// As avouch_policy_evaluate, but slower, and on AVOUCH_POLICY_OK *result is an object: value (absent if undefined),
// reads [{name, rule, line, claims}], held [line], failed [line], absent [path].
avouch_policy_status avouch_policy_explain(const avouch_policy_program* program, const avouch_policy_request* request,
                                           const avouch_policy_limits* limits, avouch_policy_string* result);

void avouch_policy_free(avouch_policy_program* program);
void avouch_policy_free_string(avouch_policy_string text);

#ifdef __cplusplus
}
#endif
