// avouchd: the server. Verifies evidence, judges it by policy, and releases secrets to those who prove what they are.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "base/file.h"
#include "cmd/avouchd/inputs.h"
#include "cmd/avouchd/memory.h"
#include "cmd/avouchd/options.h"
#include "cmd/avouchd/server.h"
#include "cmd/common/process.h"
#include "cmd/common/usage.h"

namespace avouch::cmd {
namespace {

LogLevel level_of(const std::string& name) {
  if (name == "trace") return LogLevel::kTrace;
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warn") return LogLevel::kWarn;
  if (name == "error") return LogLevel::kError;
  if (name == "off") return LogLevel::kOff;
  return LogLevel::kInfo;
}

int parse_options(int argc, char** argv, Options& options) {
  CLI::App app;
  build_command_line(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return end_parse(app, error);
  }
  return -1;
}

int fail(const Error& error) {
  std::fprintf(stderr, "avouchd: %s (%s)\n", error.detail.c_str(), error.code);
  return error.blame == Blame::kUnavailable ? 3 : 2;
}

// Waits for signals and keeps house until told to end.
void serve(Server& server, const sigset_t& signals, const Log& log) {
  constexpr timespec kHousekeepingEvery{60, 0};
  for (;;) {
    const int signal = ::sigtimedwait(&signals, nullptr, &kHousekeepingEvery);
    if (signal == SIGTERM || signal == SIGINT) return;
    if (signal == SIGHUP) {
      const Status reloaded = server.reload();
      if (reloaded.has_value()) {
        log.info("reloaded");
      } else {
        log.error("reload.failed", {{"code", reloaded.error().code}, {"detail", reloaded.error().detail}});
      }
    }
    server.housekeep();
    trim_memory();
  }
}

// What the config says, and the options over it.
Result<Config> config_of(const Options& options, const Log& log) {
  constexpr const char* kPeersRvpsConfig = "/etc/rvps.json";
  const bool is_reference_keeper = options.role == Role::kReferenceValues;
  std::string file = options.config_file;
  if (file.empty() && is_reference_keeper && file_exists(kPeersRvpsConfig)) file = kPeersRvpsConfig;
  Config config;
  config.role = options.role;
  if (!file.empty()) config = TRY(read_config_of(options.role, file));
  read_environment(config);
  if (!options.listen.empty()) config.addresses = {options.listen};
  config.allow_sample = config.allow_sample || options.allow_sample;
  config.new_database = options.new_database;
  config.allowed_origins = options.allowed_origins;
  if (const char* cca = std::getenv("CCA_CONFIG_FILE"); cca != nullptr && config.cca_config_file.empty()) {
    config.cca_config_file = cca;
  }
  if (config.role == Role::kBroker) return config;
  config.tls_certificate_file = options.certificate_file;
  config.tls_private_key_file = options.private_key_file;
  // The peer's configs of these roles have no word for it, and their callers no certificate to check.
  config.insecure_http = true;
  if (config.tls_certificate_file.empty() && !is_on_loopback(config)) {
    log.warn("http.plain", {{"reason",
                             "what callers send and get can be read and changed on its way; --https-pubkey-cert "
                             "and --https-prikey switch TLS on"}});
  }
  return config;
}

// An option wins over the config, and that over our own place.
std::string data_folder_of(const Options& options, const Config& config) {
  const bool is_set = options.data_directory != default_data_directory();
  return is_set || config.data_folder.empty() ? options.data_directory : config.data_folder;
}

int run(const Options& options) {
  const SystemClock clock;
  const Log log(clock, level_of(options.log_level), options.log_format == "json" ? LogFormat::kJson : LogFormat::kText);
  const Result<Config> read = config_of(options, log);
  if (!read.has_value()) return fail(read.error());
  const Config& config = *read;
  const std::string folder = data_folder_of(options, config);
  const bool first_start = !file_exists(folder + "/admin.key");
  const Result<DataDirectory> data = DataDirectory::open(folder);
  if (!data.has_value()) return fail(data.error());
  const Result<store::Descriptor> lock = data->lock();
  if (!lock.has_value()) return fail(lock.error());

  // Before any thread exists, so that all of them inherit it and only serve() receives signals.
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, signal);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file at its size limit is a full disk, not a death

  Result<std::unique_ptr<Server>> server = Server::start(config, *data, clock, log);
  if (!server.has_value()) return fail(server.error());
  if (first_start && config.own_admin) {
    log.info(
        "first-start",
        {{"data-dir", data->path()}, {"admin-key", data->admin_key_file()}, {"admin-token", data->admin_token_file()}});
  }
  if (config.allow_sample) log.warn("sample.allowed", {{"reason", "evidence of the sample TEE proves nothing"}});
  for (const std::string& address : (*server)->addresses()) log.info("listening", {{"address", address}});
  forget_the_start();
  serve(**server, signals, log);
  log.info("stopping");
  // Who asks again does not want to wait. Nothing is lost: the store has whatever it acknowledged.
  std::signal(SIGINT, SIG_DFL);  // a shell that starts us in the background without job control has it ignored
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
  (*server)->stop();
  return 0;
}

}  // namespace
}  // namespace avouch::cmd

int main(int argc, char** argv) {
  avouch::cmd::open_standard_descriptors();
  avouch::cmd::raise_descriptor_limit();
  avouch::cmd::forbid_core_dumps();
  avouch::cmd::give_memory_back();
  avouch::cmd::Options options = avouch::cmd::options_of(argc > 0 ? argv[0] : "");
  const int code = avouch::cmd::parse_options(argc, argv, options);
  return code >= 0 ? code : avouch::cmd::run(options);
}
