// avouch refval: reference values, set and listed. Their life: reference_life_commands.cc.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "cmd/avouch/command.h"
#include "net/http_message.h"

namespace avouch::cmd {
namespace {

struct Words {
  std::string name, value, decision;
  bool last = false, json = false;
};

std::string path_of(const Words& words) {
  return "reference-values/" + net::percent_encode(words.name);
}

// A verb about one name, answered in JSON.
CLI::App* add_verb(CLI::App& noun, const char* verb, const char* description, const std::shared_ptr<Words>& words) {
  CLI::App* command = noun.add_subcommand(verb, description);
  command->add_option("NAME", words->name, "Its name, as policies read it")->required();
  return command;
}

void add_approve(CLI::App& noun, Invocation& invocation, const std::shared_ptr<Words>& words) {
  CLI::App* approve = noun.add_subcommand("approve", "Endorse exactly what a decision measured, on record");
  end_help(*approve, {"avouch refval approve --last", "avouch refval approve 01jd3k5c8q4w7x2m9a"});
  approve->add_option("ID", words->decision, "The decision");
  approve->add_flag("--last", words->last, "The newest one that was refused or fell short");
  approve->callback([&invocation, words] {
    invocation.chosen = [&invocation, words]() -> int {
      if (words->decision.empty() != words->last) {
        std::fprintf(stderr, "avouch: say which decision: an id, or --last\n");
        return kUsage;
      }
      const std::string id = words->last ? "last" : net::percent_encode(words->decision);
      return ask_and_print(invocation, "POST", "decisions/" + id + "/approve");
    };
  });
}

}  // namespace

void add_reference_values(CLI::App& app, Invocation& invocation) {
  CLI::App* noun = app.add_subcommand("refval", "Reference values: endorse them, list them, end them");
  noun->require_subcommand(1);
  end_help(*noun, {"avouch refval approve --last", "avouch refval list", "avouch refval forecast --days 30"});
  auto words = std::make_shared<Words>();

  CLI::App* list = noun->add_subcommand("list", "All of them, with their expiry and what is said of them");
  end_help(*list, {"avouch refval list"});
  list->add_flag("--json", words->json, "As JSON, which it is anyway");
  list->callback([&invocation] {
    invocation.chosen = [&invocation] { return ask_and_print(invocation, "GET", "reference-values"); };
  });
  CLI::App* show = add_verb(*noun, "show", "One of them, with what is said of each of its values", words);
  end_help(*show, {"avouch refval show cca.realm.cca-realm-initial-measurement"});
  show->add_flag("--json", words->json, "As JSON, which it is anyway");
  show->callback([&invocation, words] {
    invocation.chosen = [&invocation, words] { return ask_and_print(invocation, "GET", path_of(*words)); };
  });
  CLI::App* set = add_verb(*noun, "set", "Set one, replacing what it was", words);
  end_help(*set, {R"(avouch refval set cca.realm.cca-realm-initial-measurement '["BASE64"]')"});
  set->add_option("VALUE", words->value, "JSON; most often a list of texts")->required();
  set->callback([&invocation, words] {
    invocation.chosen = [&invocation, words] {
      return ask_and_print(invocation, "PUT", path_of(*words), words->value);
    };
  });
  CLI::App* add = add_verb(*noun, "add", "Add one value to the list of a name", words);
  end_help(*add, {"avouch refval add cca.realm.cca-realm-initial-measurement BASE64"});
  add->add_option("VALUE", words->value, "JSON, or a bare text")->required();
  add->callback([&invocation, words] {
    invocation.chosen = [&invocation, words] {
      return ask_and_print(invocation, "POST", path_of(*words), to_text(json_or_text(words->value)));
    };
  });
  CLI::App* remove = add_verb(*noun, "delete", "Forget one, with all that was said of its values", words);
  end_help(*remove, {"avouch refval delete cca.realm.cca-realm-initial-measurement"});
  remove->callback([&invocation, words] {
    invocation.chosen = [&invocation, words] { return ask_and_print(invocation, "DELETE", path_of(*words)); };
  });
  add_approve(*noun, invocation, words);
  add_reference_life(*noun, invocation);
  add_from_corim(*noun, invocation);
  add_from_swid(*noun, invocation);
}

}  // namespace avouch::cmd
