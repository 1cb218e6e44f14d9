#include "crypto/pem.h"

#include <openssl/bio.h>
#include <openssl/mem.h>
#include <openssl/pem.h>

#include "crypto/native.h"

namespace avouch::crypto {
namespace {

bool at_end_of_blocks() {
  const std::uint32_t problem = ERR_peek_last_error();
  return ERR_GET_LIB(problem) == ERR_LIB_PEM && ERR_GET_REASON(problem) == PEM_R_NO_START_LINE;
}

}  // namespace

Result<std::vector<PemBlock>> read_pem(std::string_view text, std::size_t maximum_count, const char* code) {
  const native::QuietErrors quiet;
  const bssl::UniquePtr<BIO> in = native::reader_of(text);
  std::vector<PemBlock> blocks;
  for (;;) {
    char* label = nullptr;
    char* header = nullptr;
    std::uint8_t* data = nullptr;
    long size_bytes = 0;
    ERR_clear_error();
    if (PEM_read_bio(in.get(), &label, &header, &data, &size_bytes) != 1) {
      ENSURE(at_end_of_blocks(), Error{Blame::kRequest, code, "a PEM block is damaged"});
      break;
    }
    // OPENSSL_free, which these call, wipes what it frees: no copy of a private key stays behind.
    const bssl::UniquePtr<char> label_owner(label);
    const bssl::UniquePtr<char> header_owner(header);
    const bssl::UniquePtr<std::uint8_t> data_owner(data);
    ENSURE(blocks.size() < maximum_count, Error{Blame::kRequest, code, "too many PEM blocks"});
    ENSURE(*header == '\0', Error{Blame::kRequest, code, "the PEM block is encrypted or has headers"});
    blocks.push_back({label, Secret(Bytes(data, static_cast<std::size_t>(size_bytes)))});
  }
  ENSURE(!blocks.empty(), Error{Blame::kRequest, code, "no PEM block"});
  return blocks;
}

}  // namespace avouch::crypto
