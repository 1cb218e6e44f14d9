// Words of others, for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace avouch::cmd {

// The text with '?' for each control character (C0, DEL and, in UTF-8, C1), and for all beyond ASCII in a text that is
// no UTF-8: what a guest or a server chose to say must not move the cursor of a terminal. A newline becomes
// `line_break`, which is indented, so that no line looks like one of ours.
std::string printable(std::string_view text, std::string_view line_break = "\n    ");

}  // namespace avouch::cmd
