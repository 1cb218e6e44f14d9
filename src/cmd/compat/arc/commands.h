// The commands of `arc`. Each fails with kRequest: arc.refused, whose detail is the line to show.
#pragma once

#include <array>

#include "base/clock.h"
#include "base/result.h"
#include "cmd/compat/arc/arc.h"
#include "cmd/compat/arc/flags.h"

namespace avouch::arc {

inline constexpr std::array<Flag, 4> kCreateFlags{
    {{"skey", 's', "skey.json"}, {"claims", 'c', "ear-claims.json"}, {"alg", 'a', "ES256"}, {"config", 0, ""}}};
inline constexpr std::array<Flag, 1> kPrintFlags{{{"config", 0, ""}}};
inline constexpr std::array<Flag, 5> kVerifyFlags{{{"pkey", 'p', "pkey.json"},
                                                   {"alg", 'a', "ES256"},
                                                   {"verbose", 'v', nullptr},
                                                   {"color", 'c', nullptr},
                                                   {"config", 0, ""}}};

Status create(const CommandLine& line, const Terminal& terminal);
Status print(const CommandLine& line, const Terminal& terminal);
Status verify(const CommandLine& line, const Terminal& terminal, Instant now);

// A whole file.   fails   kRequest: arc.refused ("open nope.jwt: no such file or directory")
Result<std::string> load(const std::string& path);

}  // namespace avouch::arc
