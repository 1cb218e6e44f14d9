// avouch store: whole stores copied and compared, without a server.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>

#include "base/file.h"
#include "broker/vault.h"
#include "cmd/avouch/command.h"
#include "cmd/common/data_directory.h"
#include "store/transfer.h"

namespace avouch::cmd {
namespace {

constexpr std::size_t kBatchRecords = 256, kBatchBytes = 8 * 1024 * 1024;
constexpr std::string_view kSecrets = "repository";

struct StoreOptions {
  std::string from, to, master_key_file;
  bool force = false, json = false;
};

// What a peer's layout has a place for, and what is said there of reference values: without it, what was revoked could
// be set again.
bool is_peers_space(std::string_view space) {
  return space == kSecrets || space == "kbs" || space == "attestation_service_policy" || space == "reference_value" ||
         space == "reference_value_life";
}

// One of the two stores. Where only one of them keeps secrets sealed, that one shows and takes them in plain.
struct Side {
  store::NamedStore named;
  std::optional<broker::Vault> vault;

  Result<std::optional<Buffer>> read(const std::string& space, const std::string& key) const {
    if (!vault.has_value() || space != kSecrets) return named.store->get(space, key);
    const broker::ResourcePath path = TRY(broker::ResourcePath::parse(key));
    const std::optional<Secret> secret = TRY(vault->get(path));
    if (!secret.has_value()) return std::optional<Buffer>{};
    return std::optional<Buffer>{to_buffer(secret->reveal())};
  }
};

struct Pair {
  Side from, to;
  bool is_mixed() const { return from.named.is_peers != to.named.is_peers; }
  bool goes_along(std::string_view space) const { return !is_mixed() || is_peers_space(space); }
};

Result<Pair> open_pair(const StoreOptions& options, const Clock& clock, bool makes_second) {
  Pair pair;
  pair.from.named = TRY(store::open_named_store(options.from, clock, false));
  pair.to.named = TRY(store::open_named_store(options.to, clock, makes_second));
  if (!pair.is_mixed()) return pair;
  ENSURE(!options.master_key_file.empty(),
         Error{Blame::kRequest, "store.sealed",
               "only one of the two stores keeps secrets sealed: name its master key with --master-key-file"});
  const Secret key = TRY(read_master_key(options.master_key_file));
  Side& sealed = pair.from.named.is_peers ? pair.to : pair.from;
  sealed.vault.emplace(*sealed.named.store, key);
  TRY(sealed.vault->check_master_key());
  return pair;
}

// Whether anything would be mixed with what is copied. That secrets lie under a master key is no record of anybody's.
Status check_is_empty(const store::Store& store) {
  return store::for_each_record(store, [](const std::string& space, const std::string& key) -> Status {
    ENSURE(space == "vault", Error{Blame::kRequest, "store.not-empty",
                                   "there are records already, such as " + space + " " + key +
                                       ": --force writes over those of the same names"});
    return ok();
  });
}

// Writes records of one space many at a time.
class Batch {
 public:
  explicit Batch(Side& to) : to_(to) {}

  Status add(const std::string& space, const std::string& key, Buffer value) {
    if (space != space_) TRY(flush());
    space_ = space;
    size_ += value.size();
    records_.emplace_back(key, std::move(value));
    return records_.size() >= kBatchRecords || size_ >= kBatchBytes ? flush() : ok();
  }

  Status flush() {
    if (to_.vault.has_value() && space_ == kSecrets) {
      for (const auto& [key, value] : records_) {
        const broker::ResourcePath path = TRY(broker::ResourcePath::parse(key));
        TRY(to_.vault->put(path, value));
      }
    } else if (!records_.empty()) {
      std::vector<store::Record> records;
      for (const auto& [key, value] : records_) records.push_back({key, value});
      TRY(to_.named.store->put_all(space_, records, store::Expiry::never()));
    }
    records_.clear();
    size_ = 0;
    return ok();
  }

 private:
  Side& to_;
  std::string space_;
  std::vector<std::pair<std::string, Buffer>> records_;
  std::size_t size_ = 0;
};

void show_progress(std::int64_t count) {
  if (count % 1'000 == 0 && ::isatty(STDERR_FILENO) == 1) {
    std::fprintf(stderr, "\r%lld records", static_cast<long long>(count));
  }
}

Result<std::int64_t> copy(Pair& pair) {
  Batch batch(pair.to);
  std::int64_t count = 0;
  const auto copy_one = [&](const std::string& space, const std::string& key) -> Status {
    if (!pair.goes_along(space)) return ok();
    std::optional<Buffer> value = TRY(pair.from.read(space, key));
    if (!value.has_value()) return ok();  // erased meanwhile
    show_progress(++count);
    return batch.add(space, key, *std::move(value));
  };
  TRY(store::for_each_record(*pair.from.named.store, copy_one));
  TRY(batch.flush());
  return count;
}

// Every record of one that the other lacks or has otherwise; at most a hundred.
Result<Json> differences(const Pair& pair, std::int64_t& count) {
  constexpr std::size_t kShown = 100;
  Json::Array out;
  const auto compare = [&](const Side& one, const Side& other, const char* which, bool counts) -> Status {
    const auto compare_one = [&](const std::string& space, const std::string& key) -> Status {
      if (!pair.goes_along(space) || (pair.is_mixed() && space == "vault")) return ok();
      const std::optional<Buffer> left = TRY(one.read(space, key));
      const std::optional<Buffer> right = TRY(other.read(space, key));
      if (counts) show_progress(++count);
      if (left == right || (!counts && right.has_value()) || out.size() >= kShown) return ok();
      out.push_back(Json::object({{"space", space}, {"key", key}, {"problem", right.has_value() ? "differs" : which}}));
      return ok();
    };
    return store::for_each_record(*one.named.store, compare_one);
  };
  TRY(compare(pair.from, pair.to, "only in the first", true));
  TRY(compare(pair.to, pair.from, "only in the second", false));
  return Json(std::move(out));
}

int run_copy(const StoreOptions& options) {
  const SystemClock clock;
  const auto work = [&]() -> Result<std::int64_t> {
    Pair pair = TRY(open_pair(options, clock, true));
    if (!options.force) TRY(check_is_empty(*pair.to.named.store));
    return copy(pair);
  };
  const Result<std::int64_t> count = work();
  if (!count.has_value()) return report(count.error());
  if (options.json) {
    print_json(Json::object({{"records", *count}}));
  } else {
    std::printf("%lld records copied\n", static_cast<long long>(*count));
  }
  return kAccepted;
}

int run_verify(const StoreOptions& options) {
  const SystemClock clock;
  std::int64_t count = 0;
  const auto work = [&]() -> Result<Json> {
    const Pair pair = TRY(open_pair(options, clock, false));
    return differences(pair, count);
  };
  const Result<Json> found = work();
  if (!found.has_value()) return report(found.error());
  const bool is_same = found->as_array()->empty();
  if (options.json) {
    print_json(Json::object({{"records", count}, {"same", is_same}, {"differences", *found}}));
  } else {
    for (const Json& each : *found->as_array()) {
      std::printf("%s %s: %s\n", each.find_string("space")->c_str(), each.find_string("key")->c_str(),
                  each.find_string("problem")->c_str());
    }
    std::printf("%lld records compared: %s\n", static_cast<long long>(count), is_same ? "the same" : "not the same");
  }
  return is_same ? kAccepted : kRefused;
}

// One verb: the names of its two stores are its arguments.
void add_verb(CLI::App& noun, Invocation& invocation, const char* name, const char* what, const char* example,
              std::pair<const char*, const char*> arguments, int (*run)(const StoreOptions&)) {
  CLI::App* verb = noun.add_subcommand(name, what);
  end_help(*verb, {example});
  auto options = std::make_shared<StoreOptions>();
  verb->add_option(arguments.first, options->from, "A store: sqlite:FILE, local_fs:FOLDER, local_json:FOLDER, or a URL")
      ->required();
  verb->add_option(arguments.second, options->to, "Another one")->required();
  verb->add_option("--master-key-file", options->master_key_file,
                   "Where secrets go from sealed to plain (local_fs, local_json), or back");
  if (run == run_copy) verb->add_flag("--force", options->force, "Also into a store that has records");
  verb->add_flag("--json", options->json, "Print the result as JSON");
  verb->callback([&invocation, options, run] { invocation.chosen = [options, run] { return run(*options); }; });
}

}  // namespace

void add_store(CLI::App& app, Invocation& invocation) {
  CLI::App* noun =
      app.add_subcommand("store", "Whole stores, while no server uses them: migrate, backup, restore, verify");
  end_help(*noun, {"avouch store migrate sqlite:/var/lib/avouch/avouch.db postgres://avouch@db/avouch"});
  noun->require_subcommand(1);
  add_verb(*noun, invocation, "migrate", "Copy all records of one store into another",
           "avouch store migrate sqlite:/var/lib/avouch/avouch.db postgres://avouch@db/avouch", {"FROM", "TO"},
           run_copy);
  add_verb(*noun, invocation, "backup", "Copy a store into a file that restore takes",
           "avouch store backup postgres://avouch@db/avouch sqlite:/backup/monday.db", {"FROM", "TO"}, run_copy);
  add_verb(*noun, invocation, "restore", "Copy a backup into an empty store",
           "avouch store restore sqlite:/backup/monday.db postgres://avouch@db/avouch", {"FROM", "TO"}, run_copy);
  add_verb(*noun, invocation, "verify", "Compare two stores record by record; exit 0 if they are the same, 1 if not",
           "avouch store verify sqlite:/backup/monday.db postgres://avouch@db/avouch", {"FIRST", "SECOND"}, run_verify);
}

}  // namespace avouch::cmd
