#include "cmd/avouchd/config_reader.h"

#include <algorithm>

#include "base/file.h"
#include "base/limits.h"
#include "cmd/common/nearest.h"
#include "codec/toml.h"

namespace avouch::cmd {
namespace {

// How far what was written is from a key that means something, which may have been meant for another table.
std::size_t apart(std::string_view known, std::string_view written) {
  const std::size_t names = edit_distance(known.substr(known.rfind('.') + 1), written.substr(written.rfind('.') + 1));
  return std::min(edit_distance(known, written), names + 1);
}

// The text of a JSON string that begins at `at`, a quote; `at` then is behind it. Escapes stay as they are: no key that
// means something has any.
std::string_view skip_string(std::string_view source, std::size_t& at) {
  const std::size_t from = ++at;
  while (at < source.size() && source[at] != '"') at += source[at] == '\\' ? 2 : 1;
  at = std::min(at, source.size());
  const std::string_view text = source.substr(from, at - from);
  ++at;
  return text;
}

// The line of a key at a dotted path in JSON that parses, from 1; 0 if it is not there.
int line_of_json_key(std::string_view source, std::string_view path) {
  constexpr const char* kInList = "[]";
  std::vector<std::string> open;  // paths of the objects around
  std::string key;
  int line = 1;
  for (std::size_t at = 0; at < source.size();) {
    const char c = source[at];
    if (c == '"') {
      const std::string_view text = skip_string(source, at);
      const std::size_t next = source.find_first_not_of(" \t\r\n", at);
      if (next == std::string_view::npos || source[next] != ':') continue;
      key = open.empty() || open.back().empty() ? std::string(text) : open.back() + "." + std::string(text);
      if (key == path) return line;
      continue;
    }
    if (c == '\n') ++line;
    if (c == '[') open.emplace_back(kInList);
    if (c == '{') open.push_back(key.empty() && !open.empty() ? kInList : key);
    if (c == '{' || c == '[') key.clear();
    if ((c == '}' || c == ']') && !open.empty()) open.pop_back();
    ++at;
  }
  return 0;
}

}  // namespace

Result<ConfigReader> ConfigReader::open(const std::string& path) {
  std::string source = TRY(read_text_file(path, limits::kConfigBytes));
  const bool is_json = path.ends_with(".json");
  Result<Json> root = is_json ? parse_json(source) : codec::parse_toml(source, path);
  if (!root.has_value() && is_json) root.error().detail = path + ": " + root.error().detail;
  ENSURE(root.has_value(), root.error());
  ENSURE(root->as_object() != nullptr, Error{Blame::kRequest, "config.shape", path + ": no table at the top"});
  return ConfigReader(path, std::move(source), is_json, *std::move(root));
}

const Json* ConfigReader::at(std::string_view path) const {
  const Json* node = &root_;
  while (node != nullptr && !path.empty()) {
    const std::string_view segment = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), segment.size() + 1));
    node = node->find(segment);
  }
  return node;
}

const Json* ConfigReader::ask(std::string_view path) {
  known_.emplace(path);
  return at(path);
}

void ConfigReader::ignore(std::string_view path) {
  known_.emplace(path);
}

Result<std::optional<std::string>> ConfigReader::text(std::string_view path) {
  const Json* node = ask(path);
  if (node == nullptr) return std::optional<std::string>();
  ENSURE(node->as_string() != nullptr, error("config.type", path, "has to be a text"));
  return std::optional<std::string>(*node->as_string());
}

Result<std::optional<std::int64_t>> ConfigReader::integer(std::string_view path) {
  const Json* node = ask(path);
  if (node == nullptr) return std::optional<std::int64_t>();
  ENSURE(node->as_integer().has_value(), error("config.type", path, "has to be an integer"));
  return std::optional<std::int64_t>(*node->as_integer());
}

Result<std::optional<bool>> ConfigReader::boolean(std::string_view path) {
  const Json* node = ask(path);
  if (node == nullptr) return std::optional<bool>();
  ENSURE(node->as_bool() != nullptr, error("config.type", path, "has to be true or false"));
  return std::optional<bool>(*node->as_bool());
}

Result<std::vector<std::string>> ConfigReader::texts(std::string_view path) {
  const Json* node = ask(path);
  std::vector<std::string> out;
  if (node == nullptr) return out;
  ENSURE(node->as_array() != nullptr, error("config.type", path, "has to be a list of texts"));
  for (const Json& item : *node->as_array()) {
    ENSURE(item.as_string() != nullptr, error("config.type", path, "has to be a list of texts"));
    out.push_back(*item.as_string());
  }
  return out;
}

Result<std::vector<Json>> ConfigReader::tables(std::string_view path) {
  const Json* node = ask(path);
  std::vector<Json> out;
  if (node == nullptr) return out;
  ENSURE(node->as_array() != nullptr, error("config.type", path, "has to be a list of tables"));
  for (const Json& item : *node->as_array()) {
    ENSURE(item.as_object() != nullptr, error("config.type", path, "has to be a list of tables"));
    out.push_back(item);
  }
  return out;
}

Status ConfigReader::finish() const {
  return check(root_, "");
}

Status ConfigReader::check(const Json& node, const std::string& path) const {
  for (const auto& [name, value] : *node.as_object()) {
    const std::string here = path.empty() ? name : path + "." + name;
    if (known_.contains(here)) continue;
    const auto below = known_.lower_bound(here + ".");
    if (value.as_object() != nullptr && below != known_.end() && below->starts_with(here + ".")) {
      TRY(check(value, here));
      continue;
    }
    const auto nearest = std::min_element(known_.begin(), known_.end(), [&](const auto& left, const auto& right) {
      return apart(left, here) < apart(right, here);
    });
    return error("config.unknown-key", here,
                 "means nothing" + (nearest == known_.end() ? "" : "; the nearest key that does is " + *nearest));
  }
  return ok();
}

Error ConfigReader::error(const char* code, std::string_view path, const std::string& problem) const {
  const int line = is_json_ ? line_of_json_key(source_, path) : codec::line_of_toml_key(source_, path);
  return Error{Blame::kRequest, code,
               path_ + ":" + (line > 0 ? std::to_string(line) + ":" : "") + " " + std::string(path) + " " + problem};
}

}  // namespace avouch::cmd
