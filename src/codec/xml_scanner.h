// The letters of XML 1.0, whose sections and productions are meant in xml_scanner.cc: characters, names, references,
// values, comments. What they add up to, xml.cc knows. Internal to codec/.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace avouch::xml {

struct QualifiedName {
  std::string_view prefix, local;
  bool operator==(const QualifiedName&) const = default;
};

// Goes through a text once, from its start to its end. Failures are those of parse(), in xml.h.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  // At the start: whether all that follows is characters of XML in UTF-8.
  Status check_characters();
  // At the start: <?xml version="1.0" encoding="UTF-8" standalone="yes"?>, which need not be there.
  Status declaration();

  bool is_at_end() const { return at_ == text_.size(); }
  bool sees(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  bool skip(std::string_view what);
  bool skip_spaces();
  Status expect(std::string_view what, const char* problem);

  // Comments and spaces, where no text can be.
  Status skip_between_elements();
  Result<bool> skip_comment();  // whether there was one
  Status refuse_what_is_unsupported() const;

  Result<QualifiedName> qualified_name();
  Result<std::string> attribute_value();  // ="…" or ='…', normalized
  Status reference(std::string& out);     // appends the character that "&…;" stands for
  Status characters(std::string& out);    // appends those up to the next "<" or "&"

  // "LINE:COLUMN: problem"
  Error error(const char* code, std::string_view problem) const;

 private:
  Result<std::string_view> name();
  Result<std::string> pseudo_attribute(std::string_view name);

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace avouch::xml
