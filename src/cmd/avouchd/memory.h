// What the server keeps of the machine's memory.
#pragma once

namespace avouch::cmd {

// Before anything is allocated: what a large request took goes back to the system with it.
void give_memory_back();

// What is free in the allocator's pools goes back to the system, as after a flood of connections.
void trim_memory();

// Once the server serves: what only the start needed goes back, the pages of its code included. A debugger's
// breakpoints that were set before are lost with them.
void forget_the_start();

}  // namespace avouch::cmd
