// Whatever fields the reader finds in a message, the writer writes as a message that reads as the same fields.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "codec/protobuf.h"

namespace {

using avouch::protobuf::Field;
using avouch::protobuf::Reader;
using avouch::protobuf::Wire;

std::vector<Field> fields_of(avouch::Bytes message, bool& is_whole) {
  std::vector<Field> out;
  for (Reader in(message); !in.at_end();) {
    const avouch::Result<Field> field = in.next();
    is_whole = field.has_value();
    if (!is_whole) return out;
    out.push_back(*field);
  }
  is_whole = true;
  return out;
}

void write(avouch::protobuf::Writer& out, const Field& field) {
  switch (field.wire) {
    case Wire::kVarint:
      out.varint(field.number, field.value);
      return;
    case Wire::kFixed64:
      out.fixed64(field.number, field.value);
      return;
    case Wire::kFixed32:
      out.fixed32(field.number, static_cast<std::uint32_t>(field.value));
      return;
    case Wire::kLength:
      out.bytes(field.number, field.content);
      return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bool is_whole = false;
  const std::vector<Field> found = fields_of({data, size}, is_whole);
  avouch::protobuf::Writer out;
  for (const Field& field : found) {
    write(out, field);
    if (field.wire == Wire::kLength) {
      static_cast<void>(field.text());
      static_cast<void>(avouch::protobuf::read_text_entry(field.content));
    }
  }
  const avouch::Buffer written = out.take();
  CHECK(!is_whole || written.size() <= size);  // others need not write the shortest form; we do
  bool is_again_whole = false;
  const std::vector<Field> again = fields_of(written, is_again_whole);
  CHECK(is_again_whole && again.size() == found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(again[i].number == found[i].number && again[i].wire == found[i].wire && again[i].value == found[i].value);
    CHECK(avouch::as_text(again[i].content) == avouch::as_text(found[i].content));
  }
  return 0;
}
