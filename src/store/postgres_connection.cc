#include "store/postgres_connection.h"

#include <poll.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace avouch::store {
namespace {

// A server that hangs is given up a little after our own deadline, so that it rolls back what nobody waits for any
// more.
constexpr const char* kSettings =
    "SET statement_timeout = 6000; SET lock_timeout = 4000; SET idle_in_transaction_session_timeout = 10000; "
    "SET default_transaction_isolation = 'read committed'; "
    // A server may acknowledge before its disk does. What this store acknowledges is there.
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

std::string without_newlines(std::string_view text) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  std::string out(text);
  for (char& c : out) c = c == '\n' ? ' ' : c;
  return out;
}

// What PostgreSQL's own codes mean to a caller of the store (PostgreSQL 15, appendix A).
const char* code_of_state(std::string_view state) {
  if (state == "53100") return "store.full";
  if (state == "40001" || state == "40P01") return "store.conflict";
  if (state == "57014" || state == "55P03") return "store.timeout";
  if (state.starts_with("XX00") && state != "XX000") return "store.corrupt";
  if (state.starts_with("28") || state == "42501") return "store.login";
  for (const char* gone : {"08", "57P", "53300", "25006"}) {
    if (state.starts_with(gone)) return "store.unreachable";
  }
  return "store.io";
}

// Whether a failed connection was refused because of who asked. libpq gives no code for it.
bool is_login_problem(std::string_view message) {
  for (const char* word : {"authentication failed", "no password supplied", "role \"", "pg_hba.conf"}) {
    if (message.find(word) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

std::size_t PostgresRows::count() const {
  return static_cast<std::size_t>(result_.get_deleter().library->PQntuples(result_.get()));
}

Bytes PostgresRows::octets(std::size_t row, int column) const {
  const PostgresLibrary& pq = *result_.get_deleter().library;
  const int at = static_cast<int>(row);
  return {reinterpret_cast<const std::uint8_t*>(pq.PQgetvalue(result_.get(), at, column)),
          static_cast<std::size_t>(pq.PQgetlength(result_.get(), at, column))};
}

bool PostgresRows::is_null(std::size_t row, int column) const {
  return result_.get_deleter().library->PQgetisnull(result_.get(), static_cast<int>(row), column) != 0;
}

std::int64_t PostgresRows::integer(std::size_t row, int column) const {
  const Bytes value = octets(row, column);
  if (value.size() != sizeof(std::int64_t)) return 0;
  std::uint64_t number = 0;
  for (const std::uint8_t octet : value) number = (number << 8) | octet;
  return static_cast<std::int64_t>(number);
}

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const std::string& url, Deadline deadline) {
  const PostgresLibrary* pq = TRY(load_postgres_library());
  PQconninfoOption* parsed = pq->PQconninfoParse(url.c_str(), nullptr);  // its messages repeat the URL, passwords too
  ENSURE(parsed != nullptr, Error{Blame::kRequest, "store.url", "not a connection URI of PostgreSQL"});
  pq->PQconninfoFree(parsed);
  // Before "dbname" what the URL may say otherwise, after it what it may not.
  const char* const names[] = {"fallback_application_name", "connect_timeout", "keepalives_idle", "keepalives_interval",
                               "tcp_user_timeout",          "dbname",          "client_encoding", nullptr};
  const char* const values[] = {"avouch", "5", "10", "5", "10000", url.c_str(), "UTF8", nullptr};
  std::unique_ptr<PostgresConnection> out(
      new PostgresConnection(*pq, pq->PQconnectStartParams(names, values, /*expand_dbname=*/1)));
  ENSURE(out->connection_ != nullptr, Error{Blame::kUnavailable, "store.io", "PostgreSQL: no memory"});
  pq->PQsetNoticeProcessor(
      out->connection_, [](void*, const char*) {}, nullptr);  // else they go to standard error
  TRY(out->connect(deadline));
  TRY(out->execute(kSettings, deadline));
  return out;
}

PostgresConnection::~PostgresConnection() {
  pq_.PQfinish(connection_);
}

Status PostgresConnection::connect(Deadline deadline) {
  PostgresPollingStatusType want = PGRES_POLLING_WRITING;
  while (pq_.PQstatus(connection_) != CONNECTION_BAD) {
    pollfd entry{pq_.PQsocket(connection_), static_cast<short>(want == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const int ready = left.count() > 0 ? ::poll(&entry, 1, static_cast<int>(left.count())) : 0;
    if (ready < 0 && errno == EINTR) continue;
    ENSURE(ready > 0, lost("store.timeout", "PostgreSQL did not let us in in time"));
    want = pq_.PQconnectPoll(connection_);
    if (want == PGRES_POLLING_OK) {
      ENSURE(pq_.PQsetnonblocking(connection_, 1) == 0, lost("store.unreachable", "PostgreSQL: lost at once"));
      return ok();
    }
    if (want == PGRES_POLLING_FAILED) break;
  }
  const std::string message = without_newlines(pq_.PQerrorMessage(connection_));
  return lost(is_login_problem(message) ? "store.login" : "store.unreachable", "PostgreSQL: " + message);
}

bool PostgresConnection::is_usable() const {
  if (is_broken_ || pq_.PQstatus(connection_) != CONNECTION_OK) return false;
  pollfd entry{pq_.PQsocket(connection_), POLLIN, 0};
  return ::poll(&entry, 1, 0) == 0;
}

Error PostgresConnection::lost(const char* code, std::string_view why) {
  is_broken_ = true;
  return Error{Blame::kUnavailable, code, std::string(why)};
}

// Until the server has taken or sent something.
Status PostgresConnection::wait(Deadline deadline) {
  const int unsent = pq_.PQflush(connection_);
  ENSURE(unsent >= 0, lost("store.unreachable", "PostgreSQL: " + without_newlines(pq_.PQerrorMessage(connection_))));
  pollfd entry{pq_.PQsocket(connection_), static_cast<short>(POLLIN | (unsent > 0 ? POLLOUT : 0)), 0};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  const int ready = left.count() > 0 ? ::poll(&entry, 1, static_cast<int>(left.count())) : 0;
  if (ready < 0 && errno == EINTR) return ok();
  ENSURE(ready > 0, lost("store.timeout", "PostgreSQL did not answer in time"));
  if ((entry.revents & ~POLLOUT) == 0) return ok();
  ENSURE(pq_.PQconsumeInput(connection_) == 1,
         lost("store.unreachable", "PostgreSQL: " + without_newlines(pq_.PQerrorMessage(connection_))));
  return ok();
}

// The next one; null between two commands.
Result<PGresult*> PostgresConnection::next_result(Deadline deadline) {
  while (pq_.PQisBusy(connection_) != 0) TRY(wait(deadline));
  return pq_.PQgetResult(connection_);
}

Error PostgresConnection::error_of(const PostgresRows& rows) {
  const char* state = pq_.PQresultErrorField(rows.native(), PG_DIAG_SQLSTATE);
  const char* message = pq_.PQresultErrorField(rows.native(), PG_DIAG_MESSAGE_PRIMARY);
  const char* code = code_of_state(state != nullptr ? state : "08000");
  std::string detail = message != nullptr ? message : without_newlines(pq_.PQerrorMessage(connection_));
  if (std::strcmp(code, "store.unreachable") == 0) is_broken_ = true;
  return Error{Blame::kUnavailable, code, "PostgreSQL: " + std::move(detail)};
}

Result<PostgresRows> PostgresConnection::execute(const std::string& sql, Deadline deadline) {
  ENSURE(pq_.PQsendQuery(connection_, sql.c_str()) == 1, lost("store.unreachable", "PostgreSQL: cannot send"));
  PostgresRows last(pq_, nullptr);
  std::optional<Error> problem;
  for (;;) {
    PGresult* result = TRY(next_result(deadline));
    if (result == nullptr) break;
    last = PostgresRows(pq_, result);
    const ExecStatusType status = pq_.PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) problem = error_of(last);
  }
  ENSURE(!problem.has_value(), *problem);
  return last;
}

Status PostgresConnection::prepare(std::span<const PostgresStatement> statements, Deadline deadline) {
  bool is_sent = pq_.PQenterPipelineMode(connection_) == 1;
  for (const PostgresStatement& statement : statements) {
    is_sent = is_sent && pq_.PQsendPrepare(connection_, statement.name, statement.sql, 0, nullptr) == 1;
  }
  ENSURE(is_sent && pq_.PQpipelineSync(connection_) == 1, lost("store.unreachable", "PostgreSQL: cannot send"));
  const Result<std::vector<PostgresRows>> results = results_to_sync(deadline);
  ENSURE(results.has_value(), results.error());
  return ok();
}

bool PostgresConnection::send(const PostgresCommand& command) {
  std::vector<const char*> values;
  std::vector<int> lengths, formats;
  for (const PostgresValue& value : command.values) {
    const auto* text = std::get_if<std::string>(&value);
    const auto* octets = std::get_if<Bytes>(&value);
    // An empty run of octets may begin nowhere; to libpq that would be NULL.
    const char* begin = octets != nullptr && !octets->empty() ? as_text(*octets).data() : "";
    values.push_back(text != nullptr ? text->c_str() : (octets != nullptr ? begin : nullptr));
    lengths.push_back(octets != nullptr ? static_cast<int>(octets->size()) : 0);
    formats.push_back(octets != nullptr ? 1 : 0);
  }
  return pq_.PQsendQueryPrepared(connection_, command.statement, static_cast<int>(values.size()), values.data(),
                                 lengths.data(), formats.data(), /*resultFormat=*/1) == 1;
}

// In the pipeline what lies between two marks is one transaction (PostgreSQL 15, 34.5.1.3).
Result<std::vector<PostgresRows>> PostgresConnection::run(std::span<const PostgresCommand> commands,
                                                          Deadline deadline) {
  for (const PostgresCommand& command : commands) {
    ENSURE(send(command),
           lost("store.unreachable", "PostgreSQL: " + without_newlines(pq_.PQerrorMessage(connection_))));
  }
  ENSURE(pq_.PQpipelineSync(connection_) == 1, lost("store.unreachable", "PostgreSQL: cannot send"));
  return results_to_sync(deadline);
}

Result<std::vector<PostgresRows>> PostgresConnection::results_to_sync(Deadline deadline) {
  std::vector<PostgresRows> rows;
  std::optional<Error> problem;
  for (int silent = 0; silent < 2;) {
    PGresult* result = TRY(next_result(deadline));
    silent = result == nullptr ? silent + 1 : 0;
    if (result == nullptr) continue;
    rows.emplace_back(pq_, result);
    const ExecStatusType status = pq_.PQresultStatus(result);
    if (status == PGRES_PIPELINE_SYNC) {
      ENSURE(!problem.has_value(), *problem);
      rows.pop_back();
      return rows;
    }
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_PIPELINE_ABORTED &&
        !problem.has_value()) {
      problem = error_of(rows.back());
    }
  }
  return problem.has_value() ? *problem : lost("store.unreachable", "PostgreSQL: the connection was lost");
}

}  // namespace avouch::store
