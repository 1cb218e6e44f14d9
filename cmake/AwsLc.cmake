# AWS-LC, the one libcrypto of Avouch: built once from the C sources that the crate aws-lc-sys carries, at the version
# that rust/Cargo.lock pins. `./run` builds it into build/third_party/aws-lc before it configures this project.
set(AWS_LC_BUILD ${CMAKE_SOURCE_DIR}/build/third_party/aws-lc CACHE PATH "where ./run built AWS-LC")
if(NOT EXISTS ${AWS_LC_BUILD}/crypto/libcrypto.a OR NOT EXISTS ${AWS_LC_BUILD}/ssl/libssl.a)
  message(FATAL_ERROR "AWS-LC is not built in ${AWS_LC_BUILD}: use ./run build")
endif()
load_cache(${AWS_LC_BUILD} READ_WITH_PREFIX AWS_LC_ CMAKE_HOME_DIRECTORY)
set(AWS_LC_SOURCE ${AWS_LC_CMAKE_HOME_DIRECTORY})
add_library(aws_lc_crypto STATIC IMPORTED)
set_target_properties(aws_lc_crypto PROPERTIES
  IMPORTED_LOCATION ${AWS_LC_BUILD}/crypto/libcrypto.a
  INTERFACE_INCLUDE_DIRECTORIES ${AWS_LC_SOURCE}/include
  INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${AWS_LC_SOURCE}/include
  INTERFACE_LINK_LIBRARIES "pthread;dl")
add_library(aws_lc_ssl STATIC IMPORTED)
set_target_properties(aws_lc_ssl PROPERTIES
  IMPORTED_LOCATION ${AWS_LC_BUILD}/ssl/libssl.a
  INTERFACE_LINK_LIBRARIES aws_lc_crypto)
