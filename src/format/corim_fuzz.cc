// Whatever parse_corim accepts lies inside the document, within its limits, and has what it has to have; a failure is
// the evidence's. What it says of names can be written.
#include "format/corim.h"

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/limits.h"

namespace {

using avouch::Bytes;
namespace corim = avouch::corim;

struct Checker {
  Bytes whole;
  std::size_t items_count = 0;

  void inside(Bytes part) const {
    CHECK(part.empty() || (whole.data() <= part.data() && part.data() + part.size() <= whole.data() + whole.size()));
  }
  void name(const corim::Name& name) const {
    inside(name.octets);
    inside(avouch::as_bytes(name.text));
    CHECK(name.kind != corim::Name::Kind::kUuid || corim::to_text(name).size() == 36);
    corim::to_text(name);
  }
  void digests(const std::vector<corim::Digest>& digests) {
    for (const corim::Digest& digest : digests) {
      CHECK(!digest.value.empty());
      inside(digest.value);
      ++items_count;
    }
  }
  void keys(const std::vector<corim::CryptoKey>& keys) {
    for (const corim::CryptoKey& key : keys) {
      inside(key.octets);
      inside(avouch::as_bytes(key.text));
      ++items_count;
    }
  }
  void environment(const corim::Environment& where) const {
    CHECK(where.device_class.has_value() || where.instance.has_value() || where.group.has_value());
    if (where.device_class.has_value() && where.device_class->id.has_value()) name(*where.device_class->id);
    if (where.instance.has_value()) name(*where.instance);
    if (where.group.has_value()) name(*where.group);
  }
  void measurement(const corim::Measurement& measured) {
    ++items_count;
    if (measured.key.has_value()) name(*measured.key);
    if (measured.raw_value.has_value()) inside(measured.raw_value->value);
    if (measured.uuid.has_value()) CHECK(measured.uuid->size() == 16);
    if (measured.ueid.has_value()) CHECK(measured.ueid->size() == 33);
    digests(measured.digests);
    keys(measured.crypto_keys);
    keys(measured.authorized_by);
    for (const corim::Register& each : measured.registers) {
      CHECK(!each.digests.empty());
      ++items_count;
      digests(each.digests);
    }
  }
  void triples(const std::vector<corim::MeasurementTriple>& triples) {
    for (const corim::MeasurementTriple& triple : triples) {
      CHECK(!triple.measurements.empty());
      ++items_count;
      environment(triple.environment);
      for (const corim::Measurement& measured : triple.measurements) measurement(measured);
    }
  }
  void triples(const std::vector<corim::KeyTriple>& triples) {
    for (const corim::KeyTriple& triple : triples) {
      CHECK(!triple.keys.empty());
      ++items_count;
      environment(triple.environment);
      keys(triple.keys);
    }
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes document(data, size);
  const auto read = corim::parse_corim(document);
  if (!read.has_value()) {
    CHECK(read.error().blame == avouch::Blame::kEvidence);
    return 0;
  }
  CHECK(!corim::parse_corim(document.first(size - 1)).has_value());
  Checker checker{document};
  checker.name(read->manifest.id);
  if (read->signature.has_value()) {
    CHECK(!read->signature->signer.empty());
    checker.inside(read->signature->message.payload);
    for (const Bytes certificate : read->signature->certificates) checker.inside(certificate);
  }
  for (const corim::Comid& module : read->manifest.modules) {
    checker.name(module.id);
    checker.triples(module.reference);
    checker.triples(module.endorsed);
    checker.triples(module.identity_keys);
    checker.triples(module.attest_keys);
  }
  CHECK(checker.items_count <= avouch::limits::kCorimItems);
  return 0;
}
