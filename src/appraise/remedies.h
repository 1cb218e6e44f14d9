// Remedies: what each fault means and what to do about it, in one table: the only place with advice in words.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "codec/json.h"

namespace avouch::appraise {

// Words in braces are filled in from the facts of a decision: {detail}, {subject}, {decision}, {attestation}, {policy},
// {kind}, {name}, {claim}, {line}, {path} and so on. Words in capitals in a command are for the operator to replace.
struct Remedy {
  std::string_view
      code;  // of an error, a finding or a cause that `why` found; with '.' at its end, of all that begin so
  std::string_view cause;    // a sentence
  std::string_view next;     // a sentence
  std::string_view command;  // what to type; empty where no command helps
};

std::span<const Remedy> remedies();

// The row of a code, or of the longest beginning of it; null if there is none.
const Remedy* find_remedy(std::string_view code);

// A member of a record as words: its text, any other value as JSON, and nothing where there is none.
std::string text_of(const Json& object, std::string_view name);

// {"code","cause","next"} and, where one helps, "command", with `facts` (an object of texts) filled in; what they
// lack stays as "<detail>". In a command each is quoted for the shell: guests choose some of them.
Json in_words(std::string_view code, const Json& facts);

}  // namespace avouch::appraise
