#include "dialect/coco_as/request.h"

#include "appraise/init_data.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/json_depth.h"
#include "codec/protobuf.h"
#include "crypto/digest.h"
#include "format/coco.h"

namespace avouch::dialect::coco_as {
namespace {

constexpr std::size_t kReportDataBytes = 64;
constexpr const char* kDefaultPolicy = "default";
constexpr const char* kDefaultHash = "sha384";

Error bad(const char* code, std::string detail) {
  return Error{Blame::kRequest, code, std::move(detail)};
}

// As sent: texts, of which at most one of each pair is there.
struct Sent {
  std::string tee, evidence, hash;
  std::optional<std::string> raw_runtime_data, init_data_digest, init_data_toml;
  std::optional<Json> structured_runtime_data;
};

Result<Buffer> octets(std::string_view encoded, const char* what) {
  const Result<Buffer> decoded = codec::from_base64url(encoded);
  ENSURE(decoded.has_value(), bad("base64.syntax", std::string(what) + " has to be base64url without padding"));
  return decoded;
}

using Digest = std::variant<Buffer, tee::NotDemanded>;

Result<Buffer> bound_octets(std::string_view encoded, const char* what, const char* code) {
  Buffer out = TRY(octets(encoded, what));
  ENSURE(!out.empty() && out.size() <= kReportDataBytes, bad(code, std::string(what) + " has to be 1 to 64 octets"));
  return out;
}

Result<Digest> report_data_of(const Sent& sent, const ReadOptions& options) {
  if (sent.raw_runtime_data.has_value()) {
    return Digest(TRY(bound_octets(*sent.raw_runtime_data, "raw runtime data", "as.runtime-data")));
  }
  if (sent.structured_runtime_data.has_value()) {
    ENSURE(depth_of(*sent.structured_runtime_data) <= limits::kEmbeddedJsonDepth,
           bad("as.runtime-data", "structured runtime data are nested too deep"));
    const std::optional<crypto::Hash> hash = crypto::hash_from_name(sent.hash.empty() ? kDefaultHash : sent.hash);
    ENSURE(hash.has_value(), bad("as.hash", "the hash algorithm has to be sha256, sha384 or sha512"));
    const std::string text = to_canonical_text(*sent.structured_runtime_data);
    const crypto::Digest digest = crypto::digest(*hash, as_bytes(text));
    return Digest(to_buffer(digest.bytes()));
  }
  ENSURE(options.allow_unbound,
         bad("as.unbound", "without runtime data nothing shows that the evidence was made for this request"));
  return Digest(tee::NotDemanded{"the request has no runtime data, and the config allows that"});
}

Result<Digest> read_init_data(const Sent& sent, Json& claims) {
  if (sent.init_data_digest.has_value()) {
    return Digest(TRY(bound_octets(*sent.init_data_digest, "the init data's digest", "as.init-data")));
  }
  if (sent.init_data_toml.has_value()) {
    appraise::InitData init_data = TRY(appraise::parse_init_data("toml", *sent.init_data_toml));
    claims = std::move(init_data.claims);
    return Digest(std::move(init_data.digest));
  }
  return Digest(tee::NotDemanded{"the request has no init data"});
}

Result<Item> read_item(Sent sent, const ReadOptions& options) {
  ENSURE(!sent.tee.empty(), bad("as.shape", "tee is missing"));
  const Buffer text = TRY(octets(sent.evidence, "evidence"));
  const Result<Json> evidence = parse_json(as_text(text));
  ENSURE(evidence.has_value(), bad("as.evidence", "the evidence is no JSON: " + evidence.error().detail));
  Buffer room_form = TRY(coco::evidence_octets(sent.tee, *evidence));
  Digest report_data = TRY(report_data_of(sent, options));
  Json init_data_claims;
  Digest init_data = TRY(read_init_data(sent, init_data_claims));
  tee::Binding binding = TRY(tee::Binding::make(std::move(report_data), std::move(init_data)));
  return Item{std::move(sent.tee), std::move(room_form), std::move(binding),
              std::move(sent.structured_runtime_data).value_or(nullptr), std::move(init_data_claims)};
}

Status finish(EvaluationRequest& out) {
  ENSURE(!out.items.empty(), bad("as.shape", "No verification requests provided."));
  if (out.policy_ids.empty()) out.policy_ids.emplace_back(kDefaultPolicy);
  return ok();
}

Status check_count(std::size_t count, const char* what) {
  ENSURE(count < limits::kVerificationRequests,
         bad("as.too-many", "more than " + std::to_string(limits::kVerificationRequests) + " " + what));
  return ok();
}

// Of a oneof the last member sent counts, and it takes the others with it.
Result<Sent> read_grpc_item(Bytes message) {
  Sent out;
  for (protobuf::Reader in(message); !in.at_end();) {
    const protobuf::Field field = TRY(in.next());
    if (field.number == 1) out.tee = TRY(field.text());
    if (field.number == 3) out.evidence = TRY(field.text());
    if (field.number == 4) {
      out.raw_runtime_data = TRY(field.text());
      out.structured_runtime_data.reset();
    }
    if (field.number == 5) {
      const std::string_view text = TRY(field.text());
      out.structured_runtime_data = TRY(parse_json(text));
      out.raw_runtime_data.reset();
    }
    if (field.number == 6) {
      out.init_data_digest = TRY(field.text());
      out.init_data_toml.reset();
    }
    if (field.number == 7) {
      out.init_data_toml = TRY(field.text());
      out.init_data_digest.reset();
    }
    if (field.number == 8) out.hash = TRY(field.text());
  }
  return out;
}

// A member that is a text, null or absent.
Result<std::optional<std::string>> optional_text(const Json& object, std::string_view name) {
  const Json* member = object.find(name);
  if (member == nullptr || member->is_null()) return std::optional<std::string>();
  ENSURE(member->as_string() != nullptr, bad("as.shape", std::string(name) + " has to be a text"));
  return std::optional<std::string>(*member->as_string());
}

// An object with exactly one member, whose name says what it is; null if absent.
Result<const Json::Member*> alternative(const Json& object, std::string_view name) {
  const Json* member = object.find(name);
  if (member == nullptr || member->is_null()) return static_cast<const Json::Member*>(nullptr);
  ENSURE(member->as_object() != nullptr && member->as_object()->size() == 1,
         bad("as.shape", std::string(name) + " has to be an object with one member"));
  return &member->as_object()->front();
}

Result<Sent> read_rest_item(const Json& message) {
  Sent out;
  const std::string* tee = message.find_string("tee");
  const std::string* evidence = message.find_string("evidence");
  ENSURE(tee != nullptr && evidence != nullptr, bad("as.shape", "tee and evidence have to be texts"));
  out.tee = *tee;
  out.evidence = *evidence;
  out.hash = TRY(optional_text(message, "runtime_data_hash_algorithm")).value_or("");
  const Json::Member* runtime = TRY(alternative(message, "runtime_data"));
  if (runtime != nullptr) {
    const std::string* raw = runtime->second.as_string();
    ENSURE(runtime->first == "structured" || (runtime->first == "raw" && raw != nullptr),
           bad("as.shape", "runtime_data has to be raw, a text, or structured"));
    if (runtime->first == "raw") out.raw_runtime_data = *raw;
    if (runtime->first == "structured") out.structured_runtime_data = runtime->second;
  }
  const Json::Member* init = TRY(alternative(message, "init_data"));
  if (init != nullptr) {
    const std::string* text = init->second.as_string();
    ENSURE(text != nullptr && (init->first == "init_data_digest" || init->first == "init_data_toml"),
           bad("as.shape", "init_data has to be init_data_digest or init_data_toml, a text"));
    (init->first == "init_data_digest" ? out.init_data_digest : out.init_data_toml) = *text;
  }
  return out;
}

}  // namespace

Result<EvaluationRequest> read_grpc_request(Bytes message, const ReadOptions& options) {
  EvaluationRequest out;
  for (protobuf::Reader in(message); !in.at_end();) {
    const protobuf::Field field = TRY(in.next());
    if (field.number == 1) {
      TRY(check_count(out.items.size(), "verification requests"));
      const Bytes content = TRY(field.bytes());
      Sent sent = TRY(read_grpc_item(content));
      out.items.push_back(TRY(read_item(std::move(sent), options)));
    }
    if (field.number == 2) {
      TRY(check_count(out.policy_ids.size(), "policy ids"));
      const std::string_view id = TRY(field.text());
      out.policy_ids.emplace_back(id);
    }
  }
  TRY(finish(out));
  return out;
}

Result<EvaluationRequest> read_rest_request(const Json& message, const ReadOptions& options) {
  const Json* items = message.find("verification_requests");
  const Json* ids = message.find("policy_ids");
  ENSURE(items != nullptr && items->as_array() != nullptr && ids != nullptr && ids->as_array() != nullptr,
         bad("as.shape", "verification_requests and policy_ids have to be lists"));
  EvaluationRequest out;
  for (const Json& item : *items->as_array()) {
    TRY(check_count(out.items.size(), "verification requests"));
    Sent sent = TRY(read_rest_item(item));
    out.items.push_back(TRY(read_item(std::move(sent), options)));
  }
  for (const Json& id : *ids->as_array()) {
    TRY(check_count(out.policy_ids.size(), "policy ids"));
    ENSURE(id.as_string() != nullptr, bad("as.shape", "policy_ids has to be a list of texts"));
    out.policy_ids.push_back(*id.as_string());
  }
  TRY(finish(out));
  return out;
}

Result<std::string> policy_text(std::string_view encoded) {
  const Result<Buffer> text = codec::from_base64url(encoded);
  ENSURE(text.has_value(), bad("as.policy", "a policy has to be base64url without padding"));
  return std::string(as_text(*text));
}

}  // namespace avouch::dialect::coco_as
