# The description of the HTTP interface, docs/openapi.json, as a text in a library of its own, from a generated .cc.
set(openapi_source ${CMAKE_BINARY_DIR}/generated/openapi.cc)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/openapi.json)
file(READ ${CMAKE_SOURCE_DIR}/docs/openapi.json openapi_document)
file(CONFIGURE OUTPUT ${openapi_source} @ONLY CONTENT [=[
// Generated from docs/openapi.json.
#include "dialect/manage/openapi.h"

namespace avouch::dialect::manage {

std::string_view openapi_document() {
  return R"JSON(@openapi_document@)JSON";
}

}  // namespace avouch::dialect::manage
]=])
add_library(avouch_dialect_manage_openapi STATIC ${openapi_source})
target_include_directories(avouch_dialect_manage_openapi PUBLIC ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(avouch_dialect_manage_openapi PRIVATE avouch_flags)
