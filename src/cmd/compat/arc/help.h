// What `arc` says of itself.
#pragma once

namespace avouch::arc {

extern const char* const kHelp;
extern const char* const kCreateHelp;
extern const char* const kPrintHelp;
extern const char* const kVerifyHelp;
extern const char* const kCompletionHelp;

}  // namespace avouch::arc
