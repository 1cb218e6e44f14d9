// avouch refval, endorsement, policy, admin: what an operator sets.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/file.h"
#include "base/limits.h"
#include "cmd/avouch/command.h"
#include "cmd/avouch/evidence.h"
#include "cmd/common/data_directory.h"
#include "net/http_message.h"

namespace avouch::cmd {
namespace {

// Asks, prints the answer as JSON, and ends.
int ask_and_print(const Invocation& invocation, std::string_view method, const std::string& path,
                  std::string_view body = "") {
  const Result<Json> answer = ask(invocation, method, path, body);
  if (!answer.has_value()) return report(answer.error());
  print_json(*answer);
  return kAccepted;
}

struct Words {
  std::string first, second;
  std::string file, key, tee = "cca", set = "attestation", decision;
  bool last = false;
};

int test_on_decision(const Invocation& invocation, const Words& words) {
  if (words.decision.empty()) {
    std::fprintf(stderr, "avouch: say on what: --decision ID, or --evidence TOKEN\n");
    return kUsage;
  }
  const Result<std::string> text = read_text_file(words.file, limits::kPolicyBytes);
  if (!text.has_value()) return report(text.error());
  return ask_and_print(invocation, "POST", "policy-test",
                       to_text(Json::object({{"policy", *text}, {"decision", words.decision}})));
}

}  // namespace

void add_reference_values(CLI::App& app, Invocation& invocation) {
  CLI::App* noun = app.add_subcommand("refval", "Reference values: list, add, set, approve, delete");
  noun->require_subcommand(1);
  end_help(*noun, {"avouch refval approve --last", "avouch refval list"});
  auto words = std::make_shared<Words>();

  CLI::App* list = noun->add_subcommand("list", "All of them, with their expiry");
  end_help(*list, {"avouch refval list"});
  list->callback([&invocation] {
    invocation.chosen = [&invocation] { return ask_and_print(invocation, "GET", "reference-values"); };
  });
  CLI::App* set = noun->add_subcommand("set", "Set one, replacing what it was");
  end_help(*set, {R"(avouch refval set cca.realm.cca-realm-initial-measurement '["BASE64"]')"});
  set->add_option("NAME", words->first, "Its name, as policies read it")->required();
  set->add_option("VALUE", words->second, "JSON; most often a list of texts")->required();
  set->callback([&invocation, words] {
    invocation.chosen = [&invocation, words] {
      return ask_and_print(invocation, "PUT", "reference-values/" + net::percent_encode(words->first), words->second);
    };
  });
  CLI::App* add = noun->add_subcommand("add", "Add one value to the list of a name");
  end_help(*add, {"avouch refval add cca.realm.cca-realm-initial-measurement BASE64"});
  add->add_option("NAME", words->first, "Its name, as policies read it")->required();
  add->add_option("VALUE", words->second, "JSON, or a bare text")->required();
  add->callback([&invocation, words] {
    invocation.chosen = [&invocation, words] {
      const bool is_json = parse_json(words->second).has_value();
      return ask_and_print(invocation, "POST", "reference-values/" + net::percent_encode(words->first),
                           is_json ? words->second : to_text(Json(words->second)));
    };
  });
  CLI::App* remove = noun->add_subcommand("delete", "Revoke one");
  end_help(*remove, {"avouch refval delete cca.realm.cca-realm-initial-measurement"});
  remove->add_option("NAME", words->first, "Its name")->required();
  remove->callback([&invocation, words] {
    invocation.chosen = [&invocation, words] {
      return ask_and_print(invocation, "DELETE", "reference-values/" + net::percent_encode(words->first));
    };
  });
  CLI::App* approve = noun->add_subcommand("approve", "Endorse exactly what a decision measured, on record");
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

void add_endorsements(CLI::App& app, Invocation& invocation) {
  CLI::App* noun =
      app.add_subcommand("endorsement", "Platforms to believe: trust anchors and platform reference values");
  noun->require_subcommand(1);
  end_help(*noun, {"avouch realm endorsements > platform.json", "avouch endorsement add platform.json",
                   "avouch endorsement add ta-store.json"});
  auto words = std::make_shared<Words>();
  CLI::App* add = noun->add_subcommand("add", "Add what a file holds: a ta-store, a rv-store, or both in one");
  end_help(*add, {"avouch endorsement add platform.json"});
  add->add_option("FILE", words->file, "JSON")->required();
  add->add_option("--tee", words->tee, "The TEE that it is for")->capture_default_str();
  add->callback([&invocation, words] {
    invocation.chosen = [&invocation, words]() -> int {
      const Result<std::string> text = read_text_file(words->file, limits::kHttpBodyBytes);
      if (!text.has_value()) return report(text.error());
      return ask_and_print(invocation, "POST", "endorsements/" + net::percent_encode(words->tee), *text);
    };
  });
  CLI::App* list = noun->add_subcommand("list", "All that are stored");
  end_help(*list, {"avouch endorsement list"});
  list->callback([&invocation] {
    invocation.chosen = [&invocation] { return ask_and_print(invocation, "GET", "endorsements"); };
  });
  CLI::App* revoke = noun->add_subcommand("revoke", "Stop believing a trust anchor");
  end_help(*revoke, {"avouch endorsement revoke IMPLEMENTATION-ID/INSTANCE-ID"});
  revoke->add_option("KEY", words->key, "IMPLEMENTATION-ID/INSTANCE-ID, as list shows it")->required();
  revoke->callback([&invocation, words] {
    invocation.chosen = [&invocation, words] {
      return ask_and_print(invocation, "DELETE", "endorsements/" + words->key);
    };
  });
}

void add_policies(CLI::App& app, Invocation& invocation) {
  CLI::App* noun = app.add_subcommand("policy", "Policies: list, get, test, reset");
  noun->require_subcommand(1);
  end_help(*noun, {"avouch policy get default_cpu > mine.rego", "avouch policy test mine.rego --decision last"});
  auto words = std::make_shared<Words>();
  const auto kinds = CLI::IsMember({"attestation", "resource"});

  CLI::App* list = noun->add_subcommand("list", "Ids of those in force");
  end_help(*list, {"avouch policy list --kind resource"});
  list->add_option("--kind", words->set, "attestation or resource")->check(kinds)->capture_default_str();
  list->callback([&invocation, words] {
    invocation.chosen = [&invocation, words] { return ask_and_print(invocation, "GET", "policies/" + words->set); };
  });
  CLI::App* get = noun->add_subcommand("get", "Print the text of one");
  end_help(*get, {"avouch policy get default_cpu > mine.rego"});
  get->add_option("ID", words->first, "e.g. default_cpu")->required();
  get->add_option("--kind", words->set, "attestation or resource")->check(kinds)->capture_default_str();
  get->callback([&invocation, words] {
    invocation.chosen = [&invocation, words]() -> int {
      const Result<Json> answer =
          ask(invocation, "GET", "policies/" + words->set + "/" + net::percent_encode(words->first));
      if (!answer.has_value()) return report(answer.error());
      const std::string* text = answer->find_string("policy");
      if (text == nullptr) return report(Error{Blame::kUnavailable, "http.protocol", "the answer has no policy"});
      std::printf("%s", text->c_str());
      return kAccepted;
    };
  });
  CLI::App* reset = noun->add_subcommand("reset", "Forget the one that was set: back to the default");
  end_help(*reset, {"avouch policy reset default_cpu"});
  reset->add_option("ID", words->first, "e.g. default_cpu")->required();
  reset->add_option("--kind", words->set, "attestation or resource")->check(kinds)->capture_default_str();
  reset->callback([&invocation, words] {
    invocation.chosen = [&invocation, words] {
      return ask_and_print(invocation, "DELETE", "policies/" + words->set + "/" + net::percent_encode(words->first));
    };
  });
  CLI::App* test =
      noun->add_subcommand("test", "What a policy would have said of a decision's evidence, or of a token");
  end_help(*test, {"avouch policy test mine.rego --decision last",
                   "avouch policy test mine.rego --evidence token.cbor --ta-store ta-store.json"});
  auto evidence = std::make_shared<EvidenceOptions>();
  test->add_option("FILE", words->file, "The policy, in Rego")->required();
  auto* decision = test->add_option("--decision", words->decision, "The decision, or \"last\"");
  test->add_option("--evidence", evidence->token, "A token, judged offline with the stores given")->excludes(decision);
  add_evidence_options(*test, *evidence);
  test->callback([&invocation, words, evidence] {
    invocation.chosen = [&invocation, words, evidence] {
      evidence->policy_file = words->file;
      return evidence->token.empty() ? test_on_decision(invocation, *words) : verify_evidence(*evidence);
    };
  });
}

void add_admin(CLI::App& app, Invocation& invocation) {
  CLI::App* noun = app.add_subcommand("admin", "Administrators' credentials");
  end_help(*noun, {"avouch admin token --data-dir /srv/avouch"});
  noun->require_subcommand(1);
  auto folder = std::make_shared<std::string>(default_data_directory());
  CLI::App* token = noun->add_subcommand("token", "Make a fresh admin token from the key in the data directory");
  end_help(*token, {"avouch admin token", "avouch admin token --data-dir /srv/avouch"});
  token->add_option("--data-dir", *folder, "The server's data directory")->capture_default_str();
  token->callback([&invocation, folder] {
    invocation.chosen = [folder]() -> int {
      if (!file_exists(*folder + "/admin.key")) {
        std::fprintf(stderr, "avouch: %s/admin.key is not there: start avouchd once, or name its --data-dir\n",
                     folder->c_str());
        return kUsage;
      }
      const Result<DataDirectory> data = DataDirectory::open(*folder);
      if (!data.has_value()) return report(data.error());
      const Status written = data->write_admin_token(SystemClock().now(), kAdminTokenLifetime);
      if (!written.has_value()) return report(written.error());
      std::printf("%s\n", data->admin_token_file().c_str());
      return kAccepted;
    };
  });
}

}  // namespace avouch::cmd
