// libpq, loaded when the first PostgreSQL store is opened: it brings 22 libraries (a second TLS among them), 7 ms and
// 6 MiB, which nobody else shall pay for (docs/adr/0011-shared-stores.md). Its TLS stays apart from ours: neither side
// exports to the other.
#pragma once

#include <libpq-fe.h>

#include "base/result.h"

namespace avouch::store {

// The functions of libpq 14 and later, by their own names and types.
struct PostgresLibrary {
// Left as it is: the formatter would change it each time.
// clang-format off
#define AVOUCH_LIBPQ_FUNCTIONS(USE) \
  USE(PQconnectStartParams) USE(PQconnectPoll) USE(PQconninfoParse) USE(PQconninfoFree) USE(PQfreemem) \
  USE(PQstatus) USE(PQsocket) USE(PQerrorMessage) USE(PQfinish) USE(PQsetnonblocking) USE(PQflush) \
  USE(PQconsumeInput) USE(PQisBusy) USE(PQgetResult) USE(PQclear) USE(PQsendQuery) USE(PQsendPrepare) \
  USE(PQsendQueryPrepared) USE(PQenterPipelineMode) USE(PQpipelineSync) USE(PQresultStatus) \
  USE(PQresultErrorField) USE(PQntuples) USE(PQgetvalue) USE(PQgetlength) USE(PQgetisnull) \
  USE(PQsetNoticeProcessor)
// clang-format on
#define AVOUCH_DECLARE(name) decltype(&::name) name = nullptr;
  AVOUCH_LIBPQ_FUNCTIONS(AVOUCH_DECLARE)
#undef AVOUCH_DECLARE
};

//   fails   kUnavailable: store.library (libpq5 is not installed, or too old)
Result<const PostgresLibrary*> load_postgres_library();

}  // namespace avouch::store
