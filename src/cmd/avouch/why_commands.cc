// avouch why, avouch decisions: what was decided, and why.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "cmd/avouch/command.h"
#include "net/http_message.h"

namespace avouch::cmd {
namespace {

std::string text_of(const Json& object, std::string_view name) {
  const Json* value = object.find(name);
  if (value == nullptr || value->is_null()) return "";
  const std::string* text = value->as_string();
  return text != nullptr ? *text : to_text(*value);
}

void print_field(const char* title, const std::string& value) {
  if (!value.empty()) std::printf("%-12s %s\n", title, value.c_str());
}

// What matched needs one line; what did not, everything.
void print_reference(const Json& reference) {
  const std::string state = text_of(reference, "state");
  std::printf("\n  reference  %s: %s%s\n", text_of(reference, "name").c_str(), state.c_str(),
              reference.find("decisive") != nullptr && text_of(reference, "decisive") == "false" && state != "matched"
                  ? " (and not needed)"
                  : "");
  if (state == "matched") return;
  std::printf("  claim      %s\n", text_of(reference, "claim").c_str());
  std::printf("  measured   %s\n", text_of(reference, "measured").c_str());
  const Json* expected = reference.find("expected");
  const bool none = expected == nullptr || expected->as_array() == nullptr || expected->as_array()->empty();
  std::printf("  expected   %s\n", none ? "(nothing is endorsed)" : to_text(*expected).c_str());
  if (const std::string rule = text_of(reference, "rule"); !rule.empty()) {
    std::printf("  read by    rule %s, line %s\n", rule.c_str(), text_of(reference, "line").c_str());
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
  if (const Json* references = why.find("references"); references != nullptr && references->as_array() != nullptr) {
    for (const Json& reference : *references->as_array()) print_reference(reference);
  }
  std::printf("\n");
  print_field("cause", text_of(why, "cause"));
  print_field("next", text_of(why, "next"));
}

}  // namespace

void add_why(CLI::App& app, Invocation& invocation) {
  CLI::App* why = app.add_subcommand("why", "Say why something was refused, or fell short of affirming");
  end_help(*why, {"avouch why --last", "avouch why 01jd3k5c8q4w7x2m9a --json"});
  struct Options {
    std::string id;
    bool last = false, json = false;
  };
  auto options = std::make_shared<Options>();
  why->add_option("ID", options->id, "Decision, as the refused client printed it");
  why->add_flag("--last", options->last, "The newest one that was refused or fell short");
  why->add_flag("--json", options->json, "Print everything, as JSON");
  why->callback([&invocation, options] {
    invocation.chosen = [&invocation, options]() -> int {
      if (options->id.empty() != options->last) {
        std::fprintf(stderr, "avouch: say which decision: an id, or --last\n");
        return kUsage;
      }
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
  decisions->add_option("--limit", options->limit, "How many")->capture_default_str();
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
      for (const Json& decision : *answer->find("decisions")->as_array()) {
        const Json* error = decision.find("error");
        const std::string outcome =
            error != nullptr && !error->is_null() ? text_of(*error, "code") : text_of(decision, "status");
        std::printf("%s  %s  %-7s  %-8s  %-28s  %s\n", text_of(decision, "id").c_str(),
                    text_of(decision, "time").c_str(), text_of(decision, "kind").c_str(),
                    text_of(decision, "outcome").c_str(), text_of(decision, "subject").c_str(), outcome.c_str());
      }
      return kAccepted;
    };
  });
}

}  // namespace avouch::cmd
