// Our verdicts for the differential tests: reads one question a line, answers each with one line of JSON.
//
//   cbor ITEM              one CBOR item                  -> code, value (as text, see describe())
//   json TEXT              one JSON text                  -> code, value
//   key SPKI               a SubjectPublicKeyInfo (DER)   -> code, value (the key as we encode it, in hex)
//   sign1 JWK MESSAGE      a COSE_Sign1 under a key       -> code, value (the payload, in hex)
//   jws JWK COMPACT        a compact JWS under a key      -> code, value (the payload)
//   jwe KEY JWE            a flattened JWE for a key      -> code, value (the plaintext, in hex); KEY is a JWK or PEM
//   cca JWK TOKEN          a CCA token under this CPAK    -> code, value (the claims, but for the two that we add)
//   seal JWK PLAINTEXT     what we seal to a public key   -> code, value (the flattened JWE)
//   sign KEY PAYLOAD       what we sign, by JWS and COSE  -> code, value {"jws", "sign1"}; PAYLOAD is a JSON object
//
// Every argument is in hexadecimal. "code" is "ok" or that of the refusal.
#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "codec/cbor.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "format/cose.h"
#include "format/jwe.h"
#include "format/jwk.h"
#include "format/jws.h"
#include "tee/cca/room.h"

namespace avouch::differential {
namespace {

using Arguments = std::vector<Buffer>;

// An item that skip() has accepted: 1 -1 h'00' t'c3bc' [1,2] {1:2} 18(1) s'f5' for simple values, f for any float.
// Negative integers beyond 64 bits with sign stand as they are encoded: n'3b…'.
std::string describe(cbor::Reader& in) {
  switch (in.peek().value()) {
    case cbor::Kind::kUnsigned:
      return std::to_string(in.unsigned_integer().value());
    case cbor::Kind::kNegative: {
      const Result<std::int64_t> number = in.integer();
      return number.has_value() ? std::to_string(*number) : "n'" + codec::to_hex(in.skip().value()) + "'";
    }
    case cbor::Kind::kBytes:
      return "h'" + codec::to_hex(in.bytes().value()) + "'";
    case cbor::Kind::kText:
      return "t'" + codec::to_hex(as_bytes(in.text().value())) + "'";
    case cbor::Kind::kArray: {
      std::string out = "[";
      for (std::uint64_t count = in.array().value(); count > 0; --count) out += describe(in) + ",";
      return out + "]";
    }
    case cbor::Kind::kMap: {
      std::string out = "{";
      for (std::uint64_t count = in.map().value(); count > 0; --count) {
        out += describe(in) + ":";
        out += describe(in) + ",";
      }
      return out + "}";
    }
    case cbor::Kind::kTag: {
      const std::string number = std::to_string(in.tag().value());
      return number + "(" + describe(in) + ")";
    }
    case cbor::Kind::kSimple:
      break;
  }
  const Bytes encoded = in.skip().value();
  return encoded.size() > 2 ? "f" : "s'" + codec::to_hex(encoded) + "'";
}

Result<crypto::PublicKey> public_key(Bytes jwk) {
  const Json json = TRY(parse_json(as_text(jwk)));
  return jose::public_key_from_jwk(json);
}

Result<Json> judge_cbor(const Arguments& arguments) {
  cbor::Reader reader(arguments.at(0), "item");
  const Bytes item = TRY(reader.skip());
  TRY(reader.end());
  cbor::Reader again(item, "item");
  return Json(describe(again));
}

Result<Json> judge_json(const Arguments& arguments) {
  return parse_json(as_text(arguments.at(0)));
}

Result<Json> judge_key(const Arguments& arguments) {
  const crypto::PublicKey key = TRY(crypto::PublicKey::from_spki_der(arguments.at(0)));
  return Json(codec::to_hex(key.to_spki_der()));
}

Result<Json> judge_sign1(const Arguments& arguments) {
  const crypto::PublicKey key = public_key(arguments.at(0)).value();
  const cose::Sign1 message = TRY(cose::parse_sign1(arguments.at(1), "message"));
  TRY(cose::verify_sign1(message, key));
  return Json(codec::to_hex(message.payload));
}

Result<Json> judge_jws(const Arguments& arguments) {
  const crypto::PublicKey key = public_key(arguments.at(0)).value();
  const jose::Jws jws = TRY(jose::parse_jws(as_text(arguments.at(1))));
  TRY(jose::verify_jws(jws, key));
  return jws.payload;
}

// A JWK, or PEM where jwcrypto and we have no JWK in common (RSA).
crypto::PrivateKey private_key(Bytes key) {
  const std::string_view text = as_text(key);
  if (!text.starts_with('{')) return crypto::PrivateKey::from_pem(text).value();
  return jose::private_key_from_jwk(parse_json(text).value()).value();
}

Result<Json> judge_jwe(const Arguments& arguments) {
  const crypto::PrivateKey key = private_key(arguments.at(0));
  const Json jwe = TRY(parse_json(as_text(arguments.at(1))));
  const Secret opened = TRY(jose::open_jwe(jwe, key));
  return Json(codec::to_hex(opened.reveal()));
}

Result<Json> judge_cca(const Arguments& arguments) {
  const crypto::PublicKey cpak = public_key(arguments.at(0)).value();
  const std::unique_ptr<tee::Room> room = tee::cca::make_room();
  const tee::Needs needs = TRY(room->needs(arguments.at(1)));
  const tee::NotDemanded nothing{"the differential test"};
  const tee::Binding binding = TRY(tee::Binding::make(nothing, nothing));
  const tee::Collateral collateral{{{needs.at(0).key, cpak}}, {}};
  tee::Claims claims = TRY(room->verify(arguments.at(1), binding, collateral, Instant{}));
  // These two follow from the lifecycle, and from endorsements of which there are none here.
  Json* platform = claims.evidence.find("platform");
  platform->erase("cca-platform-lifecycle-state");
  platform->erase("cca-platform-endorsed");
  return std::move(claims.evidence);
}

Result<Json> make_jwe(const Arguments& arguments) {
  const Json jwk = TRY(parse_json(as_text(arguments.at(0))));
  const jose::RecipientKey recipient = TRY(jose::RecipientKey::from_jwk(jwk, true));
  return jose::seal_jwe(recipient, arguments.at(1));
}

Result<Json> make_signatures(const Arguments& arguments) {
  const crypto::PrivateKey key = private_key(arguments.at(0));
  const crypto::SignatureAlgorithm algorithm = crypto::default_algorithm(key.public_key());
  const Json payload = TRY(parse_json(as_text(arguments.at(1))));
  const Json header = Json::object({{"alg", crypto::to_string(algorithm)}});
  const std::string jws = TRY(jose::sign_jws(header, payload, key, algorithm));
  const Buffer sign1 = TRY(cose::make_sign1(key, algorithm, arguments.at(1)));
  return Json::object({{"jws", jws}, {"sign1", codec::to_hex(sign1)}});
}

const std::map<std::string, Result<Json> (*)(const Arguments&)> kJudges = {
    {"cbor", judge_cbor}, {"json", judge_json}, {"key", judge_key}, {"sign1", judge_sign1},    {"jws", judge_jws},
    {"jwe", judge_jwe},   {"cca", judge_cca},   {"seal", make_jwe}, {"sign", make_signatures},
};

std::string answer(const std::string& question) {
  std::istringstream words(question);
  std::string kind, word;
  words >> kind;
  Arguments arguments;
  while (words >> word) arguments.push_back(codec::from_hex(word == "-" ? "" : word).value());
  const Result<Json> judged = kJudges.at(kind)(arguments);
  if (!judged.has_value()) return to_text(Json::object({{"code", judged.error().code}}));
  return to_text(Json::object({{"code", "ok"}, {"value", *judged}}));
}

}  // namespace
}  // namespace avouch::differential

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string question; std::getline(std::cin, question);) {
    std::cout << avouch::differential::answer(question) << '\n' << std::flush;
  }
}
