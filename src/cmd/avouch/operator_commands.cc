// avouch endorsement, policy, admin: what an operator sets.
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

struct Words {
  std::string first;
  std::string file, key, tee = "cca", set = "attestation", decision;
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
