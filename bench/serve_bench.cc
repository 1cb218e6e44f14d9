// Times what a request costs the server: CPU of a real avouchd, under load from clients on the same machine, next to
// the cryptography that the request cannot do without, measured in the same run. Prints; never a test.
//   serve_bench AVOUCHD [SECONDS per line [ONLY lines with these words]]
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <thread>

#include "codec/base64.h"
#include "crypto/encryption.h"
#include "crypto/signature.h"
#include "dialect/kbs/client.h"
#include "guest/attester.h"
#include "measure.h"
#include "server_process.h"
#include "tee/cca/emulator/platform.h"

namespace avouch::bench {
namespace {

using dialect::kbs::KbsClient;
using tee::cca::emulator::Platform;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kFew = 16, kMany = 64;  // clients
constexpr int kStarts = 9;

// Evidence as a realm makes it; with a fresh signature of the platform each time, as no real one does, to time a
// platform that the server meets for the first time.
class EmulatedRealm final : public guest::Attester {
 public:
  EmulatedRealm(std::string folder, bool fresh) : folder_(std::move(folder)), fresh_(fresh) {}
  std::string_view tee() const override { return "cca"; }
  Result<Json> evidence(Bytes report_data) const override {
    Buffer challenge = to_buffer(report_data);
    challenge.resize(64);
    const Platform anew = fresh_ ? must(Platform::open(folder_)) : platform_;
    const Buffer token =
        TRY(anew.token(realm_, challenge, tee::cca::emulator::Profile::k2023, tee::cca::emulator::Collection::kEat399));
    Json octets = Json::array();
    for (const std::uint8_t octet : token) octets.push_back(int{octet});
    return Json::object({{"token", std::move(octets)}});
  }

 private:
  const std::string folder_;
  const bool fresh_;
  const Platform platform_ = must(Platform::open(folder_));
  const tee::cca::emulator::Realm realm_ = tee::cca::emulator::Realm::with_initial_measurement(Buffer(32, 7));
};

// One client: a connection, a key, and what it does over and over.
struct Client {
  explicit Client(const std::string& url)
      : http(must(net::HttpClient::make(url))), kbs(must(net::HttpClient::make(url))) {}
  net::HttpClient http;
  KbsClient kbs;
  crypto::PrivateKey key = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  std::string token;
};
using Operation = std::function<void(Client&)>;

struct Line {
  double cpu_microseconds, per_second, median_milliseconds, p99_milliseconds;
};

Line load(const ServerProcess& server, std::size_t connections, double seconds, const Operation& prepare,
          const Operation& operation) {
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < connections; ++i) {
    clients.push_back(std::make_unique<Client>(server.url()));
    prepare(*clients.back());
  }
  std::vector<std::vector<double>> times(connections);
  std::atomic<bool> going = true;
  const double cpu_before = server.cpu_seconds();
  const Steady::time_point begin = Steady::now();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < connections; ++i) {
    threads.emplace_back([&, i] {
      do {
        const Steady::time_point start = Steady::now();
        operation(*clients[i]);
        times[i].push_back(std::chrono::duration<double, std::milli>(Steady::now() - start).count());
      } while (going);
    });
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  going = false;
  for (std::thread& thread : threads) thread.join();
  const double elapsed = std::chrono::duration<double>(Steady::now() - begin).count();
  const double cpu = server.cpu_seconds() - cpu_before;
  std::vector<double> all;
  for (const std::vector<double>& some : times) all.insert(all.end(), some.begin(), some.end());
  std::sort(all.begin(), all.end());
  const auto count = static_cast<double>(all.size());
  return {cpu * 1e6 / count, count / elapsed, all[all.size() / 2], all[all.size() * 99 / 100]};
}

double mebibytes(const ServerProcess& server) {
  return static_cast<double>(server.resident_kib()) / 1024;
}

void print(const char* name, std::size_t connections, const Line& line, double limit) {
  std::printf("%-42s %7zu %8.0f %8.0f %9.0f %8.2f %8.2f\n", name, connections, line.cpu_microseconds, limit,
              line.per_second, line.median_milliseconds, line.p99_milliseconds);
  std::fflush(stdout);
}

void auth(Client& client) {
  const Result<net::HttpResponse> response =
      client.http.request("POST", "/kbs/v0/auth", {{"Content-Type", "application/json"}},
                          R"({"version":"0.4.0","tee":"sample","extra-params":""})");
  if (must(Result<net::HttpResponse>(response)).status != 200) succeeded(Error{Blame::kInternal, "bench", "auth"});
}

Operation attest_with(const guest::Attester& attester) {
  return [&attester](Client& client) { client.token = must(client.kbs.attest(attester, client.key, std::nullopt)); };
}

void get_resource(Client& client) {
  must(client.kbs.get_resource("bench/key/1", client.token, client.key));
}

void set_up(const ServerProcess& server, const std::string& realm_folder) {
  const std::string admin = server.admin_token();
  KbsClient kbs(must(net::HttpClient::make(server.url())));
  must(kbs.administer("POST", "/kbs/v0/resource/bench/key/1", admin, "a key of thirty-two octets, or so"));
  const std::string policy = codec::to_base64url(as_bytes("package policy\nallow := true\n"));
  must(kbs.administer("POST", "/kbs/v0/resource-policy", admin, to_text(Json::object({{"policy", policy}}))));
  net::HttpClient manage = must(net::HttpClient::make(server.url()));
  const std::string endorsements = to_text(must(Platform::open(realm_folder)).endorsements());
  const net::HttpResponse added =
      must(manage.request("POST", "/avouch/v1/endorsements/cca",
                          {{"Authorization", "Bearer " + admin}, {"Content-Type", "application/json"}}, endorsements));
  if (added.status != 200) succeeded(Error{Blame::kInternal, "bench", "endorsements: " + added.body});
}

struct Limits {
  double verify_p384, sign_p256, agree_p256;
};

Limits measure_limits(double seconds) {
  const crypto::PrivateKey p384 = crypto::PrivateKey::generate_ec(crypto::Curve::kP384);
  const crypto::PrivateKey p256 = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  const crypto::PublicKey p384_public = p384.public_key(), p256_public = p256.public_key();
  const Buffer message(1'000, 3);
  const Buffer signature = must(crypto::sign(p384, crypto::SignatureAlgorithm::kEs384, message));
  const auto verify = [&] {
    succeeded(crypto::verify(p384_public, crypto::SignatureAlgorithm::kEs384, message, signature));
  };
  const auto sign = [&] { must(crypto::sign(p256, crypto::SignatureAlgorithm::kEs256, message)); };
  const auto agree = [&] {
    const crypto::PrivateKey ephemeral = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
    must(crypto::ecdh(ephemeral, p256_public));
  };
  return {measure(seconds, verify), measure(seconds, sign), measure(seconds, agree)};
}

void starts(ServerProcess& server) {
  std::vector<double> milliseconds;
  for (int i = 0; i < kStarts; ++i) {
    server.restart();
    milliseconds.push_back(server.start_milliseconds());
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  std::printf("start to the first 200, median of %d          %6.1f ms\n", kStarts, milliseconds[kStarts / 2]);
}

// That often in all, by a few clients.
void repeat(const ServerProcess& server, int count, const Operation& operation) {
  std::atomic<int> left = count;
  load(
      server, kFew, 0, [](Client&) {},
      [&](Client& client) {
        while (left-- > 0) operation(client);
      });
}

struct Case {
  const char* name;
  std::size_t connections;
  Operation prepare, operation;
  double limit;
};

int run(const std::string& program, double seconds, const std::string& only) {
  const Limits limits = measure_limits(std::min(seconds, 1.0));
  ServerProcess server(program);
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("avouch-bench-realm-" + std::to_string(::getpid()))).string();
  set_up(server, folder);
  starts(server);
  std::printf("resident when idle                           %6.1f MiB\n", mebibytes(server));

  const std::unique_ptr<guest::Attester> sample = must(guest::detect({"/nonexistent", true}));
  const EmulatedRealm known(folder, false), unknown(folder, true);
  const Operation nothing = [](Client&) {}, attest = attest_with(*sample);
  const std::vector<Case> cases = {
      {"auth", kFew, nothing, auth, 0},
      {"auth + attest, sample", kFew, nothing, attest, limits.sign_p256},
      {"auth + attest, CCA, platform met before", kFew, nothing, attest_with(known),
       limits.verify_p384 + limits.sign_p256},
      {"auth + attest, CCA, platform's first token", kFew, nothing, attest_with(unknown),
       2 * limits.verify_p384 + limits.sign_p256},
      {"get a resource, EC P-256", kFew, attest, get_resource, limits.agree_p256},
      {"auth", kMany, nothing, auth, 0},
      {"auth + attest, sample", kMany, nothing, attest, limits.sign_p256},
      {"get a resource, EC P-256", kMany, attest, get_resource, limits.agree_p256},
  };
  std::printf("\n%-42s %7s %8s %8s %9s %8s %8s\n", "requests to a server", "clients", "CPU us", "limit us", "per s",
              "p50 ms", "p99 ms");
  for (const Case& one : cases) {
    if (std::string(one.name).find(only) == std::string::npos) continue;
    print(one.name, one.connections, load(server, one.connections, seconds, one.prepare, one.operation), one.limit);
  }
  std::printf("\nlimit: P-384 verification %.0f us, P-256 signature %.0f us, P-256 key and agreement %.0f us\n",
              limits.verify_p384, limits.sign_p256, limits.agree_p256);

  server.restart();
  repeat(server, 10'000, attest);
  std::printf("resident after 10,000 attestations           %6.1f MiB\n", mebibytes(server));
  server.restart();
  repeat(server, 10'000, auth);
  const double before = mebibytes(server);
  repeat(server, 1'000'000, auth);
  std::printf("resident after 10,000 and 1,010,000 challenges %4.1f and %.1f MiB\n", before, mebibytes(server));
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return 0;
}

}  // namespace
}  // namespace avouch::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: serve_bench AVOUCHD [SECONDS per line [ONLY lines with these words]]\n");
    return 2;
  }
  return avouch::bench::run(argv[1], argc > 2 ? std::atof(argv[2]) : 3.0, argc > 3 ? argv[3] : "");
}
