// PEM (RFC 7468): text to labelled DER blocks. For crypto/ alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace avouch::crypto {

struct PemBlock {
  std::string label;  // "PRIVATE KEY"
  Secret der;         // wiped when it goes: it may be a private key
};

// Every block of `text`, at least one and at most `maximum_count`; text between blocks is ignored, as OpenSSL does.
//   fails   kRequest, with the caller's `code`: no block, a damaged one, too many, or one encrypted by Proc-Type
Result<std::vector<PemBlock>> read_pem(std::string_view text, std::size_t maximum_count, const char* code);

}  // namespace avouch::crypto
