#include "dialect/rvps/service.h"

#include "codec/protobuf.h"
#include "dialect/rvps/messages.h"

namespace avouch::dialect::rvps {
namespace {

// What the caller did wrong, in words; of anything else the code alone: where a store lies is not for strangers.
net::GrpcReply failed(const Error& error, const std::string& context) {
  const net::GrpcCode code = error.blame == Blame::kUnavailable ? net::GrpcCode::kUnavailable : net::GrpcCode::kAborted;
  const std::string words = error.blame == Blame::kRequest ? error.detail + " " : "";
  return tl::unexpected(net::GrpcStatus{code, context + ": " + words + "(" + error.code + ")"});
}

void record_act(ledger::DecisionLog& decisions, std::string_view peer, const std::string& what) {
  ledger::Decision decision = decisions.begin("admin", std::string(peer), what);
  decision.outcome = "granted";
  decisions.record(decision);
}

}  // namespace

net::GrpcReply ReferenceService::call(std::string_view method, Bytes message, std::string_view peer) const {
  if (method == "QueryReferenceValue") return query(message);
  if (method == "RegisterReferenceValue") return accept(message, peer);
  return tl::unexpected(net::GrpcStatus{net::GrpcCode::kUnimplemented, ""});
}

net::GrpcReply ReferenceService::query(Bytes message) const {
  const auto ask = [&]() -> Result<Buffer> {
    const std::string name = TRY(read_text(message));
    const std::shared_ptr<const appraise::References> references = TRY(parts_.values.references({name}));
    const appraise::ReferenceAnswer answer = references->ask(name, parts_.clock.now());
    ENSURE(!answer.failure.has_value(), *answer.failure);
    return answer.value.is_null() ? Buffer() : protobuf::Writer().text(1, to_text(answer.value)).take();
  };
  Result<Buffer> reply = ask();
  if (!reply.has_value()) return failed(reply.error(), "Query reference value");
  return *std::move(reply);
}

net::GrpcReply ReferenceService::accept(Bytes message, std::string_view peer) const {
  const Result<std::string> text = read_text(message);
  if (!text.has_value()) return failed(text.error(), "Register reference value");
  const Result<std::vector<std::string>> names = parts_.values.accept(*text);
  if (!names.has_value()) return failed(names.error(), "Register reference value");
  record_act(parts_.decisions, peer,
             names->size() == 1 ? "set reference value " + names->front()
                                : "set " + std::to_string(names->size()) + " reference values");
  return Buffer();
}

net::GrpcReply OwnReferenceService::call(std::string_view method, Bytes message, std::string_view peer) const {
  Result<Buffer> reply = Error{Blame::kRequest, "rvps.method", ""};
  if (method == "Query") {
    reply = query(message);
  } else if (method == "Add") {
    reply = add(message, peer);
  } else if (method == "List") {
    reply = list();
  } else if (method == "Delete") {
    reply = erase(message, peer);
  } else {
    return tl::unexpected(net::GrpcStatus{net::GrpcCode::kUnimplemented, ""});
  }
  if (!reply.has_value()) return failed(reply.error(), std::string(method));
  return *std::move(reply);
}

Result<Buffer> OwnReferenceService::query(Bytes message) const {
  const std::vector<std::string> names = TRY(read_texts(message));
  const auto references = TRY(parts_.values.references(names));
  protobuf::Writer out;
  for (const std::string& name : names) {
    const appraise::ReferenceAnswer answer = references->ask(name, parts_.clock.now());
    Entry entry{name, answer.value.is_null() ? "" : to_text(answer.value), std::nullopt, ""};
    if (answer.expired_at.has_value()) entry.until = to_unix_seconds(*answer.expired_at);
    if (answer.failure.has_value()) entry.failure = answer.failure->code;
    if (answer.life != Json::array()) entry.life = to_text(answer.life);
    out.bytes(1, write_entry(entry));
  }
  return out.take();
}

Result<Buffer> OwnReferenceService::add(Bytes message, std::string_view peer) const {
  const Entry sent = TRY(read_entry(message));
  const Json measured = TRY(parse_json(sent.value));
  TRY(parts_.values.add(sent.name, measured));
  record_act(parts_.decisions, peer, "add to reference value " + sent.name);
  return Buffer();
}

Result<Buffer> OwnReferenceService::list() const {
  const auto snapshot = TRY(parts_.values.snapshot());
  protobuf::Writer out;
  for (const auto& [name, value] : snapshot->all()) {
    out.bytes(1, write_entry({name, to_text(value.value), to_unix_seconds(value.expires_at), ""}));
  }
  for (const auto& [name, error] : snapshot->damaged()) {
    out.bytes(1, write_entry({name, "", std::nullopt, error.code}));
  }
  return out.take();
}

Result<Buffer> OwnReferenceService::erase(Bytes message, std::string_view peer) const {
  const std::string name = TRY(read_text(message));
  const bool was_there = TRY(parts_.values.erase(name));
  if (was_there) record_act(parts_.decisions, peer, "delete reference value " + name);
  return protobuf::Writer().varint(1, was_there ? 1 : 0).take();
}

}  // namespace avouch::dialect::rvps
