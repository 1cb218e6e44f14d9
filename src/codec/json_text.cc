#include "codec/json_text.h"

namespace avouch {

std::string text_of(const Json& object, std::string_view name) {
  const Json* value = object.find(name);
  if (value == nullptr || value->is_null()) return "";
  const std::string* text = value->as_string();
  return text != nullptr ? *text : to_text(*value);
}

const Json::Array& list_of(const Json& object, std::string_view name) {
  static const Json::Array kNone;
  const Json* value = object.find(name);
  const Json::Array* list = value == nullptr ? nullptr : value->as_array();
  return list == nullptr ? kNone : *list;
}

}  // namespace avouch
