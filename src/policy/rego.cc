#include <avouch_policy.h>

#include "base/check.h"
#include "base/limits.h"
#include "codec/json_text.h"
#include "policy/policy.h"

namespace avouch::policy {
namespace {

constexpr avouch_policy_limits kLimits{
    .time_milliseconds = limits::kPolicyTime.count(),
    .steps = limits::kPolicyInstructions,
    .lookups = limits::kReferenceLookups,
    .memory_bytes = limits::kPolicyMemoryBytes,
    .engine_bytes = limits::kPolicyEngineBytes,
};

avouch_policy_text borrow(std::string_view text) {
  return {text.data(), text.size()};
}

// Text that the engine allocated, given back when it goes.
class EngineText {
 public:
  EngineText() = default;
  EngineText(const EngineText&) = delete;
  EngineText& operator=(const EngineText&) = delete;
  ~EngineText() { avouch_policy_free_string(text_); }

  avouch_policy_string* out() { return &text_; }
  std::string_view view() const { return {text_.data, text_.size}; }

 private:
  avouch_policy_string text_{};
};

// The failure that a status other than OK stands for.
Error failure(avouch_policy_status status, std::string_view message) {
  const std::string detail(message);
  switch (status) {
    case AVOUCH_POLICY_SYNTAX:
      return {Blame::kRequest, "policy.syntax", detail};
    case AVOUCH_POLICY_PACKAGE:
      return {Blame::kRequest, "policy.package", detail};
    case AVOUCH_POLICY_TIME:
      return {Blame::kPolicy, "policy.time", detail};
    case AVOUCH_POLICY_STEPS:
      return {Blame::kPolicy, "policy.steps", detail};
    case AVOUCH_POLICY_MEMORY:
      return {Blame::kPolicy, "policy.memory", detail};
    case AVOUCH_POLICY_LOOKUPS:
      return {Blame::kPolicy, "policy.lookups", detail};
    default:
      return {Blame::kPolicy, "policy.evaluation", detail};
  }
}

// Hands the engine's questions to a ReferenceLookup and keeps what was asked and answered.
class RecordedLookups {
 public:
  explicit RecordedLookups(const ReferenceLookup& lookup) : lookup_(lookup) {}

  static avouch_policy_text answer(void* self, avouch_policy_text name) {
    return static_cast<RecordedLookups*>(self)->answer(std::string(name.data, name.size));
  }
  std::vector<Lookup> take() { return std::move(lookups_); }

 private:
  avouch_policy_text answer(std::string name) {
    Json value = lookup_(name);
    answer_ = to_text(value);
    lookups_.push_back({std::move(name), std::move(value)});
    return borrow(answer_);
  }

  const ReferenceLookup& lookup_;
  std::vector<Lookup> lookups_;
  std::string answer_;  // outlives the call that made it: the engine borrows it
};

using Ask = avouch_policy_status (*)(const avouch_policy_program*, const avouch_policy_request*,
                                     const avouch_policy_limits*, avouch_policy_string*);

struct Answer {
  Json object;
  std::vector<Lookup> lookups;
};

std::vector<std::string> texts(const Json::Array& array) {
  std::vector<std::string> out;
  for (const Json& item : array) {
    if (const std::string* text = item.as_string()) out.push_back(*text);
  }
  return out;
}

std::vector<int> numbers(const Json::Array& array) {
  std::vector<int> out;
  for (const Json& item : array) out.push_back(static_cast<int>(item.as_integer().value_or(0)));
  return out;
}

std::vector<ReferenceRead> reads_of(const Json& report) {
  std::vector<ReferenceRead> out;
  for (const Json& read : list_of(report, "reads")) {
    const Json* line = read.find("line");
    out.push_back({.name = text_of(read, "name"),
                   .rule = text_of(read, "rule"),
                   .line = line == nullptr ? 0 : static_cast<int>(line->as_integer().value_or(0)),
                   .claims = texts(list_of(read, "claims"))});
  }
  return out;
}

}  // namespace

struct Document::Parsed {
  explicit Parsed(avouch_policy_document* the_document) : document(the_document) {}
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
  ~Parsed() { avouch_policy_free_document(document); }
  avouch_policy_document* const document;
};

Result<Document> Document::make(const Json& value) {
  const std::string text = to_text(value);
  avouch_policy_document* document = nullptr;
  EngineText message;
  const avouch_policy_status status = avouch_policy_parse(borrow(text), &document, message.out());
  ENSURE(status == AVOUCH_POLICY_OK, failure(status, message.view()));
  return Document(std::make_shared<Parsed>(document));
}

class RegoProgram final : public Program {
 public:
  RegoProgram(avouch_policy_program* program, std::string source) : program_(program), source_(std::move(source)) {
    EngineText names;
    CHECK(avouch_policy_reference_names(program_, names.out()) == AVOUCH_POLICY_OK);
    const Result<Json> array = parse_json(names.view());
    CHECK(array.has_value() && array->as_array() != nullptr);
    reference_names_ = texts(*array->as_array());
  }
  RegoProgram(const RegoProgram&) = delete;
  RegoProgram& operator=(const RegoProgram&) = delete;
  ~RegoProgram() override { avouch_policy_free(program_); }

  using Program::evaluate;
  Result<Evaluations> evaluate(std::span<const std::string_view> rules, const Document& input, const Json& data,
                               const ReferenceLookup& lookup) const override {
    Answer answer = TRY(ask(avouch_policy_evaluate, rules, input, data, lookup));
    Evaluations out{{}, std::move(answer.lookups)};
    for (const std::string_view rule : rules) {
      Json* value = answer.object.find(rule);
      out.values.push_back(value == nullptr ? std::optional<Json>() : std::move(*value));
    }
    return out;
  }

  Result<Explanation> explain(std::string_view rule, const Json& input, const Json& data,
                              const ReferenceLookup& lookup) const override {
    const Document document = TRY(Document::make(input));
    Answer answer = TRY(ask(avouch_policy_explain, std::span(&rule, 1), document, data, lookup));
    Explanation out{.value = {},
                    .lookups = std::move(answer.lookups),
                    .reads = {},
                    .lines_that_held = {},
                    .lines_that_failed = {},
                    .absent_paths = {}};
    const Json& report = answer.object;
    if (const Json* value = report.find("value")) out.value = *value;
    out.reads = reads_of(report);
    out.lines_that_held = numbers(list_of(report, "held"));
    out.lines_that_failed = numbers(list_of(report, "failed"));
    out.absent_paths = texts(list_of(report, "absent"));
    return out;
  }

  const std::string& source() const override { return source_; }
  const std::vector<std::string>& reference_names() const override { return reference_names_; }

 private:
  Result<Answer> ask(Ask call, std::span<const std::string_view> rules, const Document& input, const Json& data,
                     const ReferenceLookup& lookup) const {
    std::vector<avouch_policy_text> rule_texts;
    for (const std::string_view rule : rules) rule_texts.push_back(borrow(rule));
    const std::string data_text = to_text(data);
    RecordedLookups recorded(lookup);
    const avouch_policy_request request{.rules = rule_texts.data(),
                                        .rule_count = rule_texts.size(),
                                        .input = input.parsed_->document,
                                        .data = borrow(data_text),
                                        .lookup = RecordedLookups::answer,
                                        .context = &recorded};
    EngineText result;
    const avouch_policy_status status = call(program_, &request, &kLimits, result.out());
    ENSURE(status == AVOUCH_POLICY_OK, failure(status, result.view()));
    Result<Json> object = parse_json(result.view());
    ENSURE(object.has_value(), Error{Blame::kPolicy, "policy.evaluation", "the value: " + object.error().detail});
    return Answer{*std::move(object), recorded.take()};
  }

  avouch_policy_program* program_;
  std::string source_;
  std::vector<std::string> reference_names_;
};

Result<Evaluation> Program::evaluate(std::string_view rule, const Json& input, const Json& data,
                                     const ReferenceLookup& lookup) const {
  const Document document = TRY(Document::make(input));
  Evaluations all = TRY(evaluate(std::span(&rule, 1), document, data, lookup));
  return Evaluation{std::move(all.values.front()), std::move(all.lookups)};
}

Result<std::shared_ptr<const Program>> compile(const std::string& name, const std::string& source) {
  // The engine takes NUL for the end: what stands behind it would be read by people and by nobody else.
  ENSURE(source.find('\0') == std::string_view::npos,
         Error{Blame::kRequest, "policy.nul", name + " holds a NUL character"});
  ENSURE(source.size() <= limits::kPolicyBytes,
         Error{Blame::kRequest, "policy.size", name + " has " + std::to_string(source.size()) + " bytes"});
  avouch_policy_program* program = nullptr;
  EngineText message;
  const avouch_policy_status status =
      avouch_policy_compile(borrow(name), borrow(source), &kLimits, &program, message.out());
  ENSURE(status == AVOUCH_POLICY_OK, failure(status, message.view()));
  return std::shared_ptr<const Program>(std::make_shared<RegoProgram>(program, source));
}

}  // namespace avouch::policy
