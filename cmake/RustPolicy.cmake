# The Rego engine: rust/policy as a static library, by cargo.
set(AVOUCH_RUST_TARGET ${CMAKE_SOURCE_DIR}/build/third_party/rust CACHE PATH "cargo's target folder, shared by all builds")
set(policy_library ${CMAKE_BINARY_DIR}/rust/release/libavouch_policy.a)
file(GLOB policy_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/rust/policy/src/*.rs)
add_custom_command(
  OUTPUT ${policy_library}
  COMMAND ${CMAKE_COMMAND} -E env --unset=RUSTFLAGS cargo build --quiet --release --locked
          --manifest-path ${CMAKE_SOURCE_DIR}/rust/Cargo.toml --package avouch_policy
          --target-dir ${AVOUCH_RUST_TARGET}
  COMMAND ${CMAKE_COMMAND} -E copy_if_different ${AVOUCH_RUST_TARGET}/release/libavouch_policy.a ${policy_library}
  DEPENDS ${policy_sources} ${CMAKE_SOURCE_DIR}/rust/policy/Cargo.toml ${CMAKE_SOURCE_DIR}/rust/Cargo.lock
  COMMENT "Building the Rego engine" VERBATIM)
add_custom_target(rust_policy_build DEPENDS ${policy_library})
add_library(rust_policy STATIC IMPORTED)
set_target_properties(rust_policy PROPERTIES
  IMPORTED_LOCATION ${policy_library}
  INTERFACE_INCLUDE_DIRECTORIES ${CMAKE_SOURCE_DIR}/rust/policy/include
  INTERFACE_LINK_LIBRARIES "pthread;dl;m")
add_dependencies(rust_policy rust_policy_build)
