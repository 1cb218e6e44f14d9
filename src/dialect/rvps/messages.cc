#include "dialect/rvps/messages.h"

#include "base/limits.h"
#include "codec/protobuf.h"

namespace avouch::dialect::rvps {

Buffer write_entry(const Entry& entry) {
  protobuf::Writer out;
  out.text(1, entry.name);
  if (!entry.value.empty()) out.text(2, entry.value);
  if (entry.until.has_value()) out.varint(3, static_cast<std::uint64_t>(*entry.until));
  if (!entry.failure.empty()) out.text(4, entry.failure);
  if (!entry.life.empty()) out.text(5, entry.life);
  return out.take();
}

Result<Entry> read_entry(Bytes message) {
  Entry out;
  for (protobuf::Reader in(message); !in.at_end();) {
    const protobuf::Field field = TRY(in.next());
    if (field.number == 1) out.name = TRY(field.text());
    if (field.number == 2) out.value = TRY(field.text());
    if (field.number == 3) {
      const std::uint64_t seconds = TRY(field.varint());
      out.until = static_cast<std::int64_t>(seconds);
    }
    if (field.number == 4) out.failure = TRY(field.text());
    if (field.number == 5) out.life = TRY(field.text());
  }
  return out;
}

Result<std::string> read_text(Bytes message) {
  std::string out;
  for (protobuf::Reader in(message); !in.at_end();) {
    const protobuf::Field field = TRY(in.next());
    if (field.number == 1) out = TRY(field.text());
  }
  return out;
}

Result<std::vector<std::string>> read_texts(Bytes message) {
  std::vector<std::string> out;
  for (protobuf::Reader in(message); !in.at_end();) {
    const protobuf::Field field = TRY(in.next());
    if (field.number != 1) continue;
    ENSURE(out.size() < limits::kReferenceNames,
           Error{Blame::kRequest, "rvps.too-many",
                 "more than " + std::to_string(limits::kReferenceNames) + " names at once"});
    const std::string_view text = TRY(field.text());
    out.emplace_back(text);
  }
  return out;
}

}  // namespace avouch::dialect::rvps
