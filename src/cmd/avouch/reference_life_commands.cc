// avouch refval {stage,activate,deprecate,revoke,forecast}: the life of reference values.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "cmd/avouch/command.h"
#include "cmd/common/printable.h"
#include "codec/json_text.h"
#include "net/http_message.h"

namespace avouch::cmd {
namespace {

struct Words {
  std::string name, value, until, reason;
  std::size_t days = 30;
  bool json = false;
};

struct Verb {
  const char* name;
  const char* description;
  const char* example;
  bool needs_value, takes_end;
};
constexpr Verb kVerbs[] = {
    {"stage", "Make a value a candidate: known, and used by no appraisal before it is activated",
     "avouch refval stage cca.realm.cca-realm-initial-measurement BASE64 --reason 'release 2.1'", true, true},
    {"activate", "Let candidates of a name count, or what was deprecated count on",
     "avouch refval activate cca.realm.cca-realm-initial-measurement", false, false},
    {"deprecate", "Let a value count until a date, noted wherever it does",
     "avouch refval deprecate cca.realm.cca-realm-initial-measurement BASE64 --until 2027-01-31", false, true},
    {"revoke", "Let a value count no more, for good",
     "avouch refval revoke cca.realm.cca-realm-initial-measurement BASE64 --reason 'CVE-2027-0001'", false, false},
};

// A day begins at midnight.
std::string as_time(const std::string& until) {
  return until.size() == std::string_view("2027-01-31").size() ? until + "T00:00:00Z" : until;
}

int change(const Invocation& invocation, const char* verb, const Words& words) {
  Json body = Json::object();
  if (!words.value.empty()) body.set("value", json_or_text(words.value));
  if (!words.until.empty()) body.set("ends", as_time(words.until));
  if (!words.reason.empty()) body.set("reason", words.reason);
  return ask_and_print(invocation, "POST", "reference-values/" + net::percent_encode(words.name) + "/" + verb,
                       to_text(body));
}

// "2027-01-31T00:00:00Z  deprecated  NAME  VALUE   held up 7 of the newest decisions, as 01m8…"
int forecast(const Invocation& invocation, const Words& words) {
  const Result<Json> answer = ask(invocation, "GET", "reference-forecast?days=" + std::to_string(words.days));
  if (!answer.has_value()) return report(answer.error());
  if (words.json) {
    print_json(*answer);
    return kAccepted;
  }
  const Json::Array endings = list_of(*answer, "forecast");
  if (endings.empty()) std::printf("Nothing that counts ends within %zu days.\n", words.days);
  for (const Json& ending : endings) {
    const std::string count = text_of(ending, "decisions"), newest = text_of(ending, "newest");
    std::printf("%s  %-10s  %s  %s\n", text_of(ending, "ends").c_str(), text_of(ending, "cause").c_str(),
                printable(text_of(ending, "name")).c_str(), printable(text_of(ending, "value")).c_str());
    if (count != "0")
      std::printf("    %s of the newest decisions hung on it, last %s\n", count.c_str(), newest.c_str());
  }
  return kAccepted;
}

}  // namespace

void add_reference_life(CLI::App& noun, Invocation& invocation) {
  auto words = std::make_shared<Words>();
  for (const Verb& verb : kVerbs) {
    CLI::App* command = noun.add_subcommand(verb.name, verb.description);
    end_help(*command, {verb.example});
    command->add_option("NAME", words->name, "Its name, as policies read it")->required();
    CLI::Option* value =
        command->add_option("VALUE", words->value, "JSON, or a bare text; a list stands for each of its values");
    if (verb.needs_value) {
      value->required();
    } else {
      value->description("JSON, or a bare text; if absent, every value that it fits");
    }
    if (verb.takes_end) {
      CLI::Option* until =
          command->add_option("--until", words->until, "A day as 2027-01-31, or a time as 2027-01-31T12:00:00Z");
      if (!verb.needs_value) until->required();
    }
    command->add_option("--reason", words->reason, "Why, for the record");
    command->add_flag("--json", words->json, "As JSON, which it is anyway");
    const char* name = verb.name;
    command->callback([&invocation, words, name] {
      invocation.chosen = [&invocation, words, name] { return change(invocation, name, *words); };
    });
  }
  CLI::App* ahead =
      noun.add_subcommand("forecast", "What counts now and will not soon, and which decisions hung on it");
  end_help(*ahead, {"avouch refval forecast", "avouch refval forecast --days 90 --json"});
  ahead->add_option("--days", words->days, "How far ahead")->capture_default_str()->check(CLI::Range(0, 36'500));
  ahead->add_flag("--json", words->json, "Print everything, as JSON");
  ahead->callback(
      [&invocation, words] { invocation.chosen = [&invocation, words] { return forecast(invocation, *words); }; });
}

}  // namespace avouch::cmd
