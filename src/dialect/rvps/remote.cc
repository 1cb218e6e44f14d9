#include "dialect/rvps/remote.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "appraise/provenance.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/protobuf.h"
#include "dialect/rvps/messages.h"
#include "dialect/rvps/service.h"

namespace avouch::dialect::rvps {
namespace {

// What an answer of ours says.
appraise::ReferenceAnswer answer_of(const Entry& entry, const Error& damaged) {
  appraise::ReferenceAnswer out;
  Result<Json> value = entry.value.empty() ? Json() : parse_json(entry.value);
  if (!value.has_value() || !entry.failure.empty()) out.failure = damaged;
  if (value.has_value()) out.value = *std::move(value);
  if (entry.until.has_value()) out.expired_at = from_unix_seconds(*entry.until);
  if (!entry.life.empty()) out.life = parse_json(entry.life).value_or(Json::array());
  return out;
}

}  // namespace

// What one appraisal asked. Whatever was answered stays as it was, for the record; and who could not be reached once is
// not waited for again.
class RemoteReferenceValues::Answers final : public appraise::References {
 public:
  explicit Answers(const RemoteReferenceValues& provider) : provider_(provider) {}

  Status ask_at_once(const std::vector<std::string>& names, Bytes reply) {
    for (protobuf::Reader in(reply); !in.at_end();) {
      const protobuf::Field field = TRY(in.next());
      if (field.number != 1) continue;
      const Bytes content = TRY(field.bytes());
      const Entry entry = TRY(read_entry(content));
      const bool was_asked = std::find(names.begin(), names.end(), entry.name) != names.end();
      const Error damaged{Blame::kUnavailable, "reference.damaged", entry.name};
      if (was_asked) answers_.insert_or_assign(entry.name, answer_of(entry, damaged));
    }
    return ok();
  }
  void give_up(Error error) { unreachable_ = std::move(error); }

  appraise::ReferenceAnswer ask(const std::string& name, Instant) const override {
    const std::scoped_lock lock(mutex_);
    const auto known = answers_.find(name);
    if (known != answers_.end()) return known->second;
    appraise::ReferenceAnswer answer;
    if (!unreachable_.has_value()) {
      Result<Json> value = provider_.query(name);
      if (value.has_value()) answer.value = *std::move(value);
      if (!value.has_value()) unreachable_ = value.error();
    }
    answer.failure = unreachable_;
    return answers_.emplace(name, std::move(answer)).first->second;
  }

 private:
  const RemoteReferenceValues& provider_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, appraise::ReferenceAnswer> answers_;
  mutable std::optional<Error> unreachable_;
};

Error RemoteReferenceValues::failed(const net::GrpcStatus& status) const {
  const bool was_refused = status.code == net::GrpcCode::kAborted || status.code == net::GrpcCode::kInvalidArgument ||
                           status.code == net::GrpcCode::kUnauthenticated ||
                           status.code == net::GrpcCode::kPermissionDenied;
  return Error{was_refused ? Blame::kRequest : Blame::kUnavailable, was_refused ? "rvps.refused" : "rvps.unavailable",
               "reference values at " + address_ + ": " + net::to_string(status.code) + " " + status.message};
}

Result<std::shared_ptr<const appraise::References>> RemoteReferenceValues::references(
    const std::vector<std::string>& names) {
  auto answers = std::make_shared<Answers>(*this);
  const bool at_once = is_ours_.load() && !names.empty() && names.size() <= limits::kReferenceNames;
  if (!at_once) return std::shared_ptr<const appraise::References>(std::move(answers));
  protobuf::Writer message;
  for (const std::string& name : names) message.text(1, name);
  const net::GrpcReply reply = call_(OwnReferenceService::kName, "Query", message.take());
  if (reply.has_value()) {
    TRY(answers->ask_at_once(names, *reply));
  } else if (reply.error().code == net::GrpcCode::kUnimplemented) {
    is_ours_ = false;
  } else {
    answers->give_up(failed(reply.error()));  // a failure only for a policy that asks
  }
  return std::shared_ptr<const appraise::References>(std::move(answers));
}

Result<Json> RemoteReferenceValues::query(const std::string& name) const {
  const net::GrpcReply reply =
      call_(ReferenceService::kName, "QueryReferenceValue", protobuf::Writer().text(1, name).take());
  // Whatever the status: that there is no value, only an answer can say.
  ENSURE(reply.has_value(), Error{Blame::kUnavailable, "rvps.unavailable", failed(reply.error()).detail});
  const std::string text = TRY(read_text(*reply));
  if (text.empty()) return Json();
  Result<Json> value = parse_json(text);
  ENSURE(value.has_value(), Error{Blame::kUnavailable, "reference.damaged", name});
  return value;
}

Result<std::vector<std::string>> RemoteReferenceValues::accept(std::string_view message) {
  const net::GrpcReply reply =
      call_(ReferenceService::kName, "RegisterReferenceValue", protobuf::Writer().text(1, message).take());
  ENSURE(reply.has_value(), failed(reply.error()));
  std::vector<std::string> names;
  // What is signed only the provider can verify: it alone knows the names then.
  const Result<appraise::Provenance> read = appraise::read_provenance(message, {}, Instant{});
  if (!read.has_value()) return names;
  for (const Json::Member& value : read->values) names.push_back(value.first);
  return names;
}

Status RemoteReferenceValues::add(const std::string& name, const Json& measured) {
  if (is_ours_.load()) {
    const net::GrpcReply reply =
        call_(OwnReferenceService::kName, "Add", write_entry({name, to_text(measured), std::nullopt, ""}));
    if (reply.has_value()) return ok();
    ENSURE(reply.error().code == net::GrpcCode::kUnimplemented, failed(reply.error()));
    is_ours_ = false;
  }
  Json list = TRY(query(name));
  if (list.is_null()) list = Json::array();
  if (list.as_array() == nullptr) list = Json::array({list});
  const Json::Array& known = *list.as_array();
  if (std::find(known.begin(), known.end(), measured) != known.end()) return ok();
  list.push_back(measured);
  Json values = Json::object();
  values.set(name, std::move(list));
  TRY(accept(appraise::make_provenance("sample", codec::to_base64(as_bytes(to_text(values))))));
  return ok();
}

}  // namespace avouch::dialect::rvps
