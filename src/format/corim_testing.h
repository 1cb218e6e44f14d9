// Manifests for tests, made of parts. Header only, so that no shipped library contains it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "codec/cbor.h"
#include "crypto/signature.h"

namespace avouch::corim::testing {

inline Buffer text(std::string_view value) {
  return cbor::Writer().text(value).take();
}
inline Buffer number(std::int64_t value) {
  return cbor::Writer().integer(value).take();
}
inline Buffer bytes(Bytes value) {
  return cbor::Writer().bytes(value).take();
}
inline Buffer tagged(std::uint64_t tag, Bytes item) {
  return cbor::Writer().tag(tag).raw(item).take();
}
inline Buffer list(const std::vector<Buffer>& items) {
  cbor::Writer out;
  out.array(items.size());
  for (const Buffer& item : items) out.raw(item);
  return out.take();
}
struct Pair {
  std::int64_t key;
  Buffer value;
};
inline Buffer map(const std::vector<Pair>& pairs) {
  cbor::Writer out;
  out.map(pairs.size());
  for (const Pair& pair : pairs) out.integer(pair.key).raw(pair.value);
  return out.take();
}

inline Buffer digest_of(std::uint8_t octet, std::size_t size = 32) {
  return list({number(1), bytes(Buffer(size, octet))});
}
inline Buffer uuid(std::uint8_t octet) {
  return tagged(37, bytes(Buffer(16, octet)));
}
inline Buffer environment(std::string_view vendor = "ACME", std::string_view model = "RoadRunner") {
  return map({{0, map({{1, text(vendor)}, {2, text(model)}})}});
}
// One measurement: its element, if it is named, and the pairs of its values.
inline Buffer measurement(const std::optional<Buffer>& element, const std::vector<Pair>& values) {
  if (!element.has_value()) return map({{1, map(values)}});
  return map({{0, *element}, {1, map(values)}});
}
// triples-map with reference triples of one environment.
inline Buffer references(const Buffer& where, const std::vector<Buffer>& measurements) {
  return map({{0, list({list({where, list(measurements)})})}});
}
inline Buffer comid(const Buffer& triples) {
  return map({{1, map({{0, bytes(Buffer(16, 7))}})}, {4, triples}});
}
inline Buffer as_tag(const Buffer& comid) {
  return tagged(506, bytes(comid));
}
inline Buffer time(std::int64_t seconds) {
  return tagged(1, number(seconds));
}
inline Buffer validity(std::optional<std::int64_t> not_before, std::int64_t not_after) {
  if (!not_before.has_value()) return map({{1, time(not_after)}});
  return map({{0, time(*not_before)}, {1, time(not_after)}});
}
inline Buffer manifest(const std::vector<Buffer>& tags, const std::vector<Pair>& others = {}) {
  std::vector<Pair> pairs = {{0, text("manifest 1")}, {1, list(tags)}};
  pairs.insert(pairs.end(), others.begin(), others.end());
  return tagged(501, map(pairs));
}
// What most tests need: one digest of ACME/RoadRunner/firmware, octets 0x11.
inline Buffer simple_manifest(const std::vector<Pair>& others = {}) {
  const Buffer firmware = measurement(text("firmware"), {{2, list({digest_of(0x11)})}});
  return manifest({as_tag(comid(references(environment(), {firmware})))}, others);
}

// corim-meta with the signer's name, and more if wanted.
inline Pair meta(std::string_view signer = "ACME Ltd.", const std::vector<Pair>& others = {}) {
  std::vector<Pair> pairs = {{0, map({{0, text(signer)}})}};
  pairs.insert(pairs.end(), others.begin(), others.end());
  return {8, bytes(map(pairs))};
}
// A COSE_Sign1 by ES256 with the header given beside the algorithm.
inline Buffer sign_with(const crypto::PrivateKey& key, const Buffer& payload, const std::vector<Pair>& header) {
  std::vector<Pair> pairs = {{1, number(-7)}};
  pairs.insert(pairs.end(), header.begin(), header.end());
  const Buffer protected_header = map(pairs);
  const Buffer covered = list({text("Signature1"), bytes(protected_header), bytes({}), bytes(payload)});
  const Result<Buffer> signature = crypto::sign(key, crypto::SignatureAlgorithm::kEs256, covered);
  CHECK(signature.has_value());
  return tagged(18, list({bytes(protected_header), map({}), bytes(payload), bytes(*signature)}));
}
inline Buffer sign(const crypto::PrivateKey& key, const Buffer& payload, std::vector<Pair> header = {}) {
  header.insert(header.begin(), {{3, text("application/rim+cbor")}, meta()});
  return sign_with(key, payload, header);
}

}  // namespace avouch::corim::testing
