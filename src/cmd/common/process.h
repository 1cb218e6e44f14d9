// What a program that secrets pass through does first.
#pragma once

namespace avouch::cmd {

// Opens those of standard input, output and error that are closed on /dev/null. Else the next file or connection would
// get their numbers, and in it the log.
void open_standard_descriptors();

// This process leaves no core, and no other process of the user may look inside.
void forbid_core_dumps();

// As many descriptors as the administrator allows, instead of the 1,024 that programs with select(2) need.
void raise_descriptor_limit();

}  // namespace avouch::cmd
