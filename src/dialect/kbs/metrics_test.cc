#include "dialect/kbs/metrics.h"

#include <thread>

#include "dialect/kbs/handler_fixture.h"

namespace avouch::dialect::kbs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(KbsMetrics, AddsUpWhatAllThreadsCount) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) metrics.add(Count::kAuthRequests);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(metrics.render(), HasSubstr("\nkbs_auth_requests_total 20000\n"));
}

TEST(KbsMetrics, PutsEachSizeInItsHistogramAndCumulates) {
  Metrics metrics;
  for (const std::size_t size : {0U, 32U, 33U, 8192U, 8193U}) {
    Metrics::Request request(metrics, size);
    request.end(2 * size);
  }
  const std::string text = metrics.render();
  for (const char* line :
       {"kbs_http_request_size_bytes_bucket{le=\"32\"} 2", "kbs_http_request_size_bytes_bucket{le=\"128\"} 3",
        "kbs_http_request_size_bytes_bucket{le=\"8192\"} 4", "kbs_http_request_size_bytes_bucket{le=\"+Inf\"} 5",
        "kbs_http_request_size_bytes_sum 16450", "kbs_http_request_size_bytes_count 5",
        "kbs_http_response_size_bytes_bucket{le=\"32\"} 1", "kbs_http_response_size_bytes_sum 32900",
        "kbs_http_request_duration_seconds_bucket{le=\"+Inf\"} 5"}) {
    EXPECT_THAT(text, HasSubstr(std::string("\n") + line + "\n"));
  }
}

TEST(KbsMetrics, CountsWhatIsInFlightOnlyAsLongAsItIs) {
  Metrics metrics;
  {
    const Metrics::Request one(metrics, 0), two(metrics, 0);
    EXPECT_THAT(metrics.render(), HasSubstr("\nkbs_http_active_connections 2\n"));
  }
  EXPECT_THAT(metrics.render(), HasSubstr("\nkbs_http_active_connections 0\n"));
}

TEST(KbsMetrics, MakesNoSeriesOfAStrangersWords) {
  Metrics metrics;
  metrics.add_attestation("cca", true);
  metrics.add_attestation("\"} 1\nevil", false);
  const std::string text = metrics.render();
  EXPECT_THAT(text, HasSubstr("\nkbs_attestation_successes_total{tee_type=\"cca\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nkbs_attestation_failures_total{tee_type=\"other\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("evil")));
}

std::string scrape(const HandlerFixture& kbs) {
  const net::HttpResponse response = kbs.ask("GET", "/metrics");
  EXPECT_EQ(outcome(response), "200 text/plain; version=0.0.4; charset=utf-8");
  return response.body;
}

TEST(KbsMetrics, FollowAGuestFromChallengeToSecret) {
  const HandlerFixture kbs;
  const auto [cookie, token] = kbs.attested();
  kbs.attest(cookie, Json::object());
  kbs.attest("kbs-session-id=none", Json::object());
  kbs.ask("POST", "/kbs/v0/auth", {}, "{}");
  kbs.ask("GET", kSecretPath, {HandlerFixture::bearer(token)});
  kbs.ask("GET", kSecretPath);
  kbs.ask("POST", "/kbs/v0/resource/a/b/written-by-admin", {kbs.as_admin()}, "x");
  kbs.ask("DELETE", "/kbs/v0/resource/a/b/written-by-admin", {kbs.as_admin()});
  kbs.ask("DELETE", "/kbs/v0/resource/a/b/c");
  const std::string text = scrape(kbs);
  for (const char* line :
       {"kbs_auth_requests_total 2", "kbs_auth_successes_total 1", "kbs_auth_errors_total 1",
        "kbs_attestation_requests_total 3", "kbs_attestation_successes_total{tee_type=\"sample\"} 1",
        "kbs_attestation_errors_total 2", "kbs_policy_evaluations_total 1", "kbs_policy_approvals_total 1",
        "kbs_policy_violations_total 0", "kbs_resource_reads_total 1", "kbs_resource_writes_total 1",
        "kbs_resource_deletes_total 1", "kbs_http_requests_total 11", "kbs_http_active_connections 1"}) {
    EXPECT_THAT(text, HasSubstr(std::string("\n") + line + "\n"));
  }
  EXPECT_THAT(text, Not(HasSubstr("secret"))) << "nothing there names what is kept";
}

TEST(KbsMetrics, TellADenialFromAFault) {
  HandlerFixture kbs;
  const auto [cookie, token] = kbs.attested();
  kbs.set_policy("package policy\ndefault allow := false\n");
  kbs.ask("GET", kSecretPath, {HandlerFixture::bearer(token)});
  kbs.set_policy("package policy\nimport rego.v1\nallow := true if input.submods\nallow := false if input.iat\n");
  kbs.ask("GET", kSecretPath, {HandlerFixture::bearer(token)});
  const std::string text = scrape(kbs);
  EXPECT_THAT(text, HasSubstr("\nkbs_policy_evaluations_total 2\n"));
  EXPECT_THAT(text, HasSubstr("\nkbs_policy_violations_total 1\n"));
  EXPECT_THAT(text, HasSubstr("\nkbs_policy_errors_total 1\n"));
}

}  // namespace
}  // namespace avouch::dialect::kbs
