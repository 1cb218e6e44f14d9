#include "codec/toml.h"

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 1
#include <toml++/toml.h>
#include <sstream>

#include "base/limits.h"

namespace avouch::codec {
namespace {

Result<Json> convert(const toml::node& node, std::size_t depth) {
  ENSURE(depth <= limits::kJsonDepth, Error{Blame::kRequest, "toml.depth", "nested too deeply"});
  if (const toml::table* table = node.as_table()) {
    Json out = Json::object();
    for (const auto& [key, value] : *table) {
      Json member = TRY(convert(value, depth + 1));
      out.set(std::string(key.str()), std::move(member));
    }
    return out;
  }
  if (const toml::array* array = node.as_array()) {
    Json out = Json::array();
    for (const toml::node& item : *array) out.push_back(TRY(convert(item, depth + 1)));
    return out;
  }
  if (const auto* text = node.as_string()) return Json(text->get());
  if (const auto* integer = node.as_integer()) return Json(integer->get());
  if (const auto* number = node.as_floating_point()) return Json(number->get());
  if (const auto* boolean = node.as_boolean()) return Json(boolean->get());
  std::ostringstream text;  // the date and time kinds print themselves in the form in which TOML has them
  if (const auto* date = node.as_date()) text << date->get();
  if (const auto* time = node.as_time()) text << time->get();
  if (const auto* both = node.as_date_time()) text << both->get();
  return Json(text.str());
}

// How deep brackets nest at most: the library recurses as deep as its input does.
std::size_t nesting_of(std::string_view text) {
  std::size_t depth = 0, deepest = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if ((c == ']' || c == '}') && depth > 0) --depth;
  }
  return deepest;
}

}  // namespace

Result<Json> parse_toml(std::string_view text, const std::string& source) {
  constexpr std::size_t kBracketsMax =
      1'000;  // unbalanced ones in texts and comments count as well, so well above need
  ENSURE(text.size() <= limits::kConfigBytes, Error{Blame::kRequest, "toml.size", source + " is larger than 1 MiB"});
  ENSURE(nesting_of(text) <= kBracketsMax, Error{Blame::kRequest, "toml.depth", source + " is nested too deeply"});
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::parse_error& problem = parsed.error();
    std::ostringstream where;
    where << source << ':' << problem.source().begin.line << ':' << problem.source().begin.column << ": "
          << problem.description();
    return Error{Blame::kRequest, "toml.syntax", where.str()};
  }
  return convert(parsed.table(), 0);
}

int line_of_toml_key(std::string_view text, std::string_view path) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) return 0;
  const toml::node_view<const toml::node> node = parsed.table().at_path(path);
  return node ? static_cast<int>(node.node()->source().begin.line) : 0;
}

}  // namespace avouch::codec
