// avouch why, avouch decisions: what was decided, and why.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "appraise/remedies.h"
#include "cmd/avouch/command.h"
#include "cmd/common/printable.h"
#include "codec/json_text.h"
#include "net/http_message.h"
#include "tee/rooms.h"

namespace avouch::cmd {
namespace {

// Below the value that it continues: guests put words of their own into records.
constexpr std::string_view kNextLine = "\n             ";

void print_field(const char* title, const std::string& value) {
  if (!value.empty()) std::printf("%-12s %s\n", title, printable(value, kNextLine).c_str());
}

void print_reference_field(const char* title, const std::string& value) {
  if (!value.empty()) std::printf("  %-10s %s\n", title, printable(value, kNextLine).c_str());
}

// "revoked by admin at 2026-11-23T04:00:00Z (leaked key)"
std::string life_in_words(const Json& reference) {
  const Json* life = reference.find("life");
  if (life == nullptr) return "";
  const std::string ends = text_of(*life, "ends"), reason = text_of(*life, "reason");
  return text_of(*life, "state") + (ends.empty() ? "" : " until " + ends) + ", by " + text_of(*life, "by") + " at " +
         text_of(*life, "at") + (reason.empty() ? "" : " (" + reason + ")");
}

// What matched needs little; what did not, everything.
void print_reference(const Json& reference) {
  const std::string state = text_of(reference, "state");
  const bool is_needless = text_of(reference, "decisive") == "false" && state != "matched";
  std::printf("\n");
  print_reference_field("reference",
                        text_of(reference, "name") + ": " + state + (is_needless ? " (and not needed)" : ""));
  print_reference_field("claim", text_of(reference, "claim"));
  print_reference_field("life", life_in_words(reference));
  if (state == "matched") return;
  print_reference_field("measured", text_of(reference, "measured"));
  const Json* expected = reference.find("expected");
  const bool none = list_of(reference, "expected").empty();
  print_reference_field("expected", none ? "(nothing is endorsed)" : to_text(*expected));
  print_reference_field("stands in", text_of(reference, "where"));
  print_reference_field("expired", text_of(reference, "expired"));
  if (const std::string rule = text_of(reference, "rule"); !rule.empty()) {
    print_reference_field("read by", "policy " + text_of(reference, "policy") + ", line " + text_of(reference, "line") +
                                         " (rule " + rule + ")");
  }
}

void print_causes(const Json& why) {
  for (const Json& cause : list_of(why, "causes")) {
    std::printf("\n");
    print_field("cause", text_of(cause, "cause"));
    print_field("next", text_of(cause, "next"));
  }
  if (list_of(why, "causes").empty()) {
    std::printf("\n");
    print_field("cause", "Nothing fell short: this was granted, and affirming.");
  }
}

void print_why(const Json& why) {
  print_field("decision", text_of(why, "id"));
  print_field("time", text_of(why, "time"));
  print_field("what", text_of(why, "kind") + " " + text_of(why, "subject") + ": " + text_of(why, "outcome"));
  print_field("from", text_of(why, "peer"));
  if (const Json* error = why.find("error"); error != nullptr && !error->is_null()) {
    print_field("error", text_of(*error, "code") + ": " + text_of(*error, "detail"));
  }
  const Json* attestation = why.find("attestation");
  const Json& origin = attestation != nullptr ? *attestation : why;
  if (attestation != nullptr) print_field("attestation", text_of(origin, "id"));
  print_field("status", text_of(origin, "status"));
  print_field("vector", text_of(origin, "vector"));
  if (const Json* policy = origin.find("policy")) print_field("policy", text_of(*policy, "id"));
  for (const Json& reference : list_of(why, "references")) print_reference(reference);
  print_causes(why);
}

// Where there is no decision to ask about, an operator has the code from a log or from the guest.
int explain_code(const std::string& code, bool json) {
  const appraise::Remedies remedies(tee::Rooms(true).remedies());
  if (remedies.find(code) == nullptr) {
    std::fprintf(stderr, "avouch: %s is neither a decision nor a code of docs/errors.md\n", printable(code).c_str());
    return kUsage;
  }
  const Json why = Json::object({{"causes", Json::array({remedies.in_words(code, Json::object())})}});
  if (json) {
    print_json(why);
  } else {
    print_causes(why);
  }
  return kAccepted;
}

}  // namespace

void add_why(CLI::App& app, Invocation& invocation) {
  CLI::App* why = app.add_subcommand("why", "Say why something was refused, or fell short of affirming");
  end_help(*why, {"avouch why --last", "avouch why 01jd3k5c8q4w7x2m9a --json", "avouch why tee.unsupported"});
  struct Options {
    std::string id;
    bool last = false, json = false;
  };
  auto options = std::make_shared<Options>();
  why->add_option("ID", options->id, "Decision, as the refused client printed it; or an error code, as the log has it");
  why->add_flag("--last", options->last, "The newest one that was refused or fell short");
  why->add_flag("--json", options->json, "Print everything, as JSON");
  why->callback([&invocation, options] {
    invocation.chosen = [&invocation, options]() -> int {
      if (options->id.empty() != options->last) {
        std::fprintf(stderr, "avouch: say which decision: an id, or --last\n");
        return kUsage;
      }
      if (options->id.find('.') != std::string::npos) return explain_code(options->id, options->json);
      const std::string id = options->last ? "last" : net::percent_encode(options->id);
      const Result<Json> answer = ask(invocation, "GET", "decisions/" + id + "/why");
      if (!answer.has_value()) return report(answer.error());
      if (options->json) {
        print_json(*answer);
      } else {
        print_why(*answer);
      }
      return kAccepted;
    };
  });
}

void add_decisions(CLI::App& app, Invocation& invocation) {
  CLI::App* decisions = app.add_subcommand("decisions", "List the newest decisions");
  end_help(*decisions, {"avouch decisions --refused --limit 5"});
  struct Options {
    int limit = 20;
    bool refused = false, json = false;
  };
  auto options = std::make_shared<Options>();
  decisions->add_option("--limit", options->limit, "How many, at most 1000")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  decisions->add_flag("--refused", options->refused, "Only those that were refused");
  decisions->add_flag("--json", options->json, "Whole records, as JSON");
  decisions->callback([&invocation, options] {
    invocation.chosen = [&invocation, options]() -> int {
      const Result<Json> answer =
          ask(invocation, "GET",
              "decisions?limit=" + std::to_string(options->limit) + (options->refused ? "&outcome=refused" : ""));
      if (!answer.has_value()) return report(answer.error());
      if (options->json) {
        print_json(*answer);
        return kAccepted;
      }
      for (const Json& decision : list_of(*answer, "decisions")) {
        const Json* error = decision.find("error");
        const std::string outcome =
            error != nullptr && !error->is_null() ? text_of(*error, "code") : text_of(decision, "status");
        const auto shown = [&decision](const char* name) { return printable(text_of(decision, name)); };
        std::printf("%s  %s  %-7s  %-8s  %-28s  %s\n", shown("id").c_str(), shown("time").c_str(),
                    shown("kind").c_str(), shown("outcome").c_str(), shown("subject").c_str(),
                    printable(outcome).c_str());
      }
      return kAccepted;
    };
  });
}

}  // namespace avouch::cmd
