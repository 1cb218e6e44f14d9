// What a program that secrets pass through does first, and last.
#pragma once

namespace avouch::cmd {

// Opens those of standard input, output and error that are closed on /dev/null. Else the next file or connection would
// get their numbers, and in it the log.
void open_standard_descriptors();

// This process leaves no core, and no other process of the user may look inside.
void forbid_core_dumps();

// As many descriptors as the administrator allows, instead of the 1,024 that programs with select(2) need.
void raise_descriptor_limit();

// The exit code of a tool: `code`, or 3 with a word on standard error if what it printed did not get out. A token or a
// secret that a full disk has cut short must not look like success.
int finish(const char* program, int code);

}  // namespace avouch::cmd
