# Toolchain of the programs that run inside a realm: 64-bit Arm, static, by Debian's cross compiler. `./run build
# guest-arm64` uses it for AWS-LC as for our own code, so that the link can leave out whatever nobody calls.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
# Libraries and headers of the machine that builds are not for the realm.
set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# Static and yet at a random address; return addresses are signed and jumps land on marks, where the processor knows how.
set(guest_flags "-fPIE -ffunction-sections -fdata-sections -mbranch-protection=standard")
set(CMAKE_C_FLAGS_INIT "${guest_flags}")
set(CMAKE_CXX_FLAGS_INIT "${guest_flags}")
# The linker would warn of getaddrinfo in a static program; src/net/dial.cc sees to that.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static-pie -Wl,--gc-sections -Wl,--strip-all -Wl,--no-warnings")
# ctest runs the tests of such a build through it.
find_program(QEMU_AARCH64 qemu-aarch64)
if(QEMU_AARCH64)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${QEMU_AARCH64})
endif()
