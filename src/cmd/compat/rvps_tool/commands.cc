#include "cmd/compat/rvps_tool/commands.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "codec/protobuf.h"
#include "dialect/rvps/messages.h"
#include "dialect/rvps/service.h"
#include "net/http2/grpc_client.h"

namespace avouch::cmd::rvps_tool {
namespace {

using dialect::rvps::OwnReferenceService;
using dialect::rvps::ReferenceService;

struct Arguments {
  std::string address = "http://127.0.0.1:50003", file, name;
};

Result<Buffer> call(const Arguments& arguments, std::string_view service, std::string_view method, Bytes message) {
  const net::GrpcClient client = TRY(net::GrpcClient::make(arguments.address));
  net::GrpcReply reply = client.call(service, method, message);
  ENSURE(reply.has_value(),
         Error{Blame::kUnavailable, "rvps.refused",
               arguments.address + ": " + net::to_string(reply.error().code) + " " + reply.error().message});
  return *std::move(reply);
}

Status register_values(const Arguments& arguments) {
  const std::string message = TRY(read_text_file(arguments.file, limits::kGrpcMessageBytes));
  TRY(call(arguments, ReferenceService::kName, "RegisterReferenceValue", protobuf::Writer().text(1, message).take()));
  std::puts("Register provenance succeeded.");
  return ok();
}

Status query(const Arguments& arguments) {
  const Buffer reply = TRY(call(arguments, ReferenceService::kName, "QueryReferenceValue",
                                protobuf::Writer().text(1, arguments.name).take()));
  const std::string value = TRY(dialect::rvps::read_text(reply));
  if (value.empty()) {
    std::puts("No reference values found for the given id");
  } else {
    std::printf("Get reference values succeeded:\n %s\n", value.c_str());
  }
  return ok();
}

Status list(const Arguments& arguments) {
  const Buffer reply = TRY(call(arguments, OwnReferenceService::kName, "List", {}));
  for (protobuf::Reader in(reply); !in.at_end();) {
    const protobuf::Field field = TRY(in.next());
    if (field.number != 1) continue;
    const Bytes content = TRY(field.bytes());
    const dialect::rvps::Entry entry = TRY(dialect::rvps::read_entry(content));
    const std::string until = entry.until.has_value() ? to_rfc3339(from_unix_seconds(*entry.until)) : "damaged";
    std::printf("%s\t%s\t%s\n", entry.name.c_str(), until.c_str(), entry.value.c_str());
  }
  return ok();
}

Status erase(const Arguments& arguments) {
  const Buffer reply =
      TRY(call(arguments, OwnReferenceService::kName, "Delete", protobuf::Writer().text(1, arguments.name).take()));
  protobuf::Reader in(reply);
  bool was_there = false;
  while (!in.at_end()) {
    const protobuf::Field field = TRY(in.next());
    if (field.number == 1) was_there = TRY(field.varint()) != 0;
  }
  ENSURE(was_there, Error{Blame::kRequest, "reference.unknown", "no reference value " + arguments.name});
  std::puts("Deleted.");
  return ok();
}

using Act = Status (*)(const Arguments& arguments);

CLI::App* add(CLI::App& app, const char* name, const char* description, const std::shared_ptr<Arguments>& arguments,
              Act act, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand(name, description);
  command->add_option("-a,--addr", arguments->address, "The address of the RVPS")->capture_default_str();
  command->callback([arguments, act, &chosen] {
    chosen = [arguments, act] {
      const Status done = act(*arguments);
      if (!done.has_value()) std::fprintf(stderr, "Error: %s\n", done.error().detail.c_str());
      return done.has_value() ? 0 : 1;
    };
  });
  return command;
}

}  // namespace

void build_command_line(CLI::App& app, std::function<int()>& chosen) {
  app.name("rvps-tool");
  app.description("Registers and queries reference values at a provider of reference values (RVPS).");
  app.set_version_flag("-V,--version", "rvps-tool " AVOUCH_VERSION);
  app.require_subcommand(1);
  auto arguments = std::make_shared<Arguments>();
  add(app, "register", "Register the reference values of a message", arguments, register_values, chosen)
      ->add_option("-p,--path", arguments->file, "File with the message: {\"version\", \"type\", \"payload\"}")
      ->required();
  add(app, "query", "Show the value of one name", arguments, query, chosen)
      ->add_option("-r,--reference-value-id", arguments->name, "The name")
      ->required();
  add(app, "list", "List all names, with expiry and value (an Avouch at the other end)", arguments, list, chosen);
  add(app, "delete", "Delete the value of one name (an Avouch at the other end)", arguments, erase, chosen)
      ->add_option("-r,--reference-value-id", arguments->name, "The name")
      ->required();
}

}  // namespace avouch::cmd::rvps_tool
