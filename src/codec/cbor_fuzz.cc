// What skip() accepts, the typed readers accept too, item by item, and Writer writes again octet for octet.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "codec/cbor.h"

namespace {

using avouch::Bytes;
using avouch::cbor::Kind;
using avouch::cbor::Reader;
using avouch::cbor::Writer;

void rewrite(Reader& in, Writer& out);

void rewrite_items(Reader& in, Writer& out, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) rewrite(in, out);
}

// Floats and most simple values cannot be read: they are copied.
void rewrite_simple(Reader& in, Writer& out) {
  Reader trial = in;
  if (const auto truth = trial.boolean(); truth.has_value()) {
    out.boolean(*truth);
    in = trial;
  } else if (trial.null().has_value()) {
    out.null();
    in = trial;
  } else {
    out.raw(in.skip().value());
  }
}

void rewrite_integer(Reader& in, Writer& out) {
  Reader trial = in;
  if (const auto number = trial.integer(); number.has_value()) {
    out.integer(*number);
    in = trial;
  } else {
    out.raw(in.skip().value());  // beyond 64 bits with sign
  }
}

void rewrite(Reader& in, Writer& out) {
  switch (in.peek().value()) {
    case Kind::kUnsigned:
      out.unsigned_integer(in.unsigned_integer().value());
      return;
    case Kind::kNegative:
      rewrite_integer(in, out);
      return;
    case Kind::kBytes:
      out.bytes(in.bytes().value());
      return;
    case Kind::kText:
      out.text(in.text().value());
      return;
    case Kind::kSimple:
      rewrite_simple(in, out);
      return;
    case Kind::kTag: {
      out.tag(in.tag().value());
      rewrite(in, out);
      return;
    }
    case Kind::kArray: {
      const std::uint64_t count = in.array().value();
      rewrite_items(in, out.array(count), count);
      return;
    }
    case Kind::kMap: {
      const std::uint64_t count = in.map().value();
      rewrite_items(in, out.map(count), 2 * count);
      return;
    }
  }
}

// read_map takes what skip() takes, as long as the keys are integers and texts.
void check_read_map(Bytes item) {
  Reader in(item, "fuzz");
  if (in.peek().value() != Kind::kMap) return;
  const auto pass_over = [](const avouch::cbor::Key&, Reader& value) -> avouch::Status {
    TRY(value.skip());
    return avouch::ok();
  };
  const avouch::Status read = avouch::cbor::read_map(in, pass_over);
  const std::string_view code = read.has_value() ? "" : read.error().code;
  CHECK(code.empty() || code == "cbor.kind" || code == "cbor.integer");
  CHECK(!read.has_value() || in.at_end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  Reader in(input, "fuzz");
  const avouch::Result<Bytes> item = in.skip();
  if (!item.has_value()) return 0;
  CHECK(item->data() == data && item->size() == in.offset() && in.offset() <= size);
  Reader again(*item, "fuzz");
  Writer out;
  rewrite(again, out);
  CHECK(again.end().has_value());
  CHECK(avouch::as_text(out.view()) == avouch::as_text(*item));
  check_read_map(*item);
  return 0;
}
