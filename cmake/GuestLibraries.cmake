# What guest programs need of others, for a machine that is not the one that builds. Debian's packages of headers alone
# serve both: they are shown to the cross compiler by links, since the rest of /usr/include is not for its target. Of
# simdjson Debian has no static library: it is compiled from Debian's source, which `./run` fetches.
set(SIMDJSON_SOURCE ${CMAKE_SOURCE_DIR}/build/third_party/simdjson CACHE PATH "where ./run unpacked simdjson")
set(guest_headers ${CMAKE_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${guest_headers})
foreach(folder CLI tl toml++)
  if(NOT EXISTS /usr/include/${folder})
    message(FATAL_ERROR "/usr/include/${folder} is missing: use ./run build guest-arm64")
  endif()
  file(CREATE_LINK /usr/include/${folder} ${guest_headers}/${folder} SYMBOLIC)
endforeach()
include_directories(SYSTEM ${guest_headers})
add_library(CLI11::CLI11 INTERFACE IMPORTED GLOBAL)

if(NOT EXISTS ${SIMDJSON_SOURCE}/simdjson.cpp)
  message(FATAL_ERROR "simdjson is not in ${SIMDJSON_SOURCE}: use ./run build guest-arm64")
endif()
add_library(simdjson STATIC ${SIMDJSON_SOURCE}/simdjson.cpp)
target_include_directories(simdjson SYSTEM PUBLIC ${SIMDJSON_SOURCE})
add_library(simdjson::simdjson ALIAS simdjson)

# Our own tests can be built for the guest's machine: from the sources in Debian's package googletest.
if(AVOUCH_TESTS)
  add_subdirectory(/usr/src/googletest ${CMAKE_BINARY_DIR}/googletest EXCLUDE_FROM_ALL)
endif()
