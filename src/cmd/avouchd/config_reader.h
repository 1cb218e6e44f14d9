// ConfigReader: a config file read key by key, so that in the end every key that nobody asked for can be named: a key
// that means nothing is an error with its line and the nearest key that means something.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

namespace avouch::cmd {

class ConfigReader {
 public:
  // A TOML file, or JSON if its name ends in ".json".   fails   kRequest: file.*, toml.*, json.*, config.shape
  static Result<ConfigReader> open(const std::string& path);

  // The value at a dotted path, or nothing if it is not there.   fails   kRequest: config.type (of another kind)
  Result<std::optional<std::string>> text(std::string_view path);
  Result<std::optional<std::int64_t>> integer(std::string_view path);
  Result<std::optional<bool>> boolean(std::string_view path);
  Result<std::vector<std::string>> texts(std::string_view path);  // empty if absent
  Result<std::vector<Json>> tables(std::string_view path);  // an array of tables, taken whole: the caller checks it
  bool has(std::string_view path) const { return at(path) != nullptr; }
  void ignore(std::string_view path);  // a key of the peer's that has no meaning here, and harmlessly so

  // Refuses keys that nobody asked for.   fails   kRequest: config.unknown-key
  Status finish() const;
  // "FILE:LINE: PATH: problem"
  Error error(const char* code, std::string_view path, const std::string& problem) const;

 private:
  ConfigReader(std::string path, std::string source, bool is_json, Json root)
      : path_(std::move(path)), source_(std::move(source)), is_json_(is_json), root_(std::move(root)) {}
  const Json* at(std::string_view path) const;
  const Json* ask(std::string_view path);
  Status check(const Json& node, const std::string& path) const;

  std::string path_, source_;
  bool is_json_;
  Json root_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace avouch::cmd
