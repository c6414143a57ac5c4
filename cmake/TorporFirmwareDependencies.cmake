# What a microcontroller's image is built with from outside: nanopb and libsodium, from
# Debian's source packages that firmware/fetch-sources unpacks. The names of the targets
# are those of TorporDependencies.cmake, so the folders cannot tell.

set(TORPOR_SOURCES "${PROJECT_SOURCE_DIR}/build/sources" CACHE PATH
    "Where firmware/fetch-sources has unpacked nanopb and libsodium")
set(nanopb ${TORPOR_SOURCES}/nanopb)
set(sodium ${TORPOR_SOURCES}/libsodium/src/libsodium)
if(NOT EXISTS ${nanopb}/pb_decode.c OR NOT EXISTS ${sodium}/sodium/utils.c)
  message(FATAL_ERROR "no sources of nanopb and libsodium in ${TORPOR_SOURCES}: "
                      "run firmware/fetch-sources, or set TORPOR_SOURCES")
endif()

find_program(TORPOR_NANOPB_GENERATOR nanopb_generator.py REQUIRED)
add_library(torpor_nanopb STATIC ${nanopb}/pb_common.c ${nanopb}/pb_decode.c
                                 ${nanopb}/pb_encode.c)
add_library(torpor::nanopb ALIAS torpor_nanopb)
target_include_directories(torpor_nanopb SYSTEM PUBLIC ${nanopb})

# Signatures are verified here and never made: what of libsodium that takes, and no more.
# open.c needs a function of sign.c.
file(STRINGS ${TORPOR_SOURCES}/libsodium/configure.ac version_lines
     REGEX "^(AC_INIT|SODIUM_LIBRARY_VERSION_(MAJOR|MINOR)=)")
string(REGEX MATCH "\\[([0-9]+\\.[0-9]+\\.[0-9]+)\\]" _ "${version_lines}")
set(VERSION ${CMAKE_MATCH_1})
string(REGEX MATCH "MAJOR=([0-9]+)" _ "${version_lines}")
set(SODIUM_LIBRARY_VERSION_MAJOR ${CMAKE_MATCH_1})
string(REGEX MATCH "MINOR=([0-9]+)" _ "${version_lines}")
set(SODIUM_LIBRARY_VERSION_MINOR ${CMAKE_MATCH_1})
set(SODIUM_LIBRARY_MINIMAL_DEF "#define SODIUM_LIBRARY_MINIMAL 1")
configure_file(${sodium}/include/sodium/version.h.in
               ${PROJECT_BINARY_DIR}/sodium/sodium/version.h @ONLY)
configure_file(${sodium}/include/sodium/export.h
               ${PROJECT_BINARY_DIR}/sodium/sodium/export.h COPYONLY)  # it stands beside it
set(sodium_parts
  crypto_auth/crypto_auth.c
  crypto_auth/hmacsha512/auth_hmacsha512.c
  crypto_auth/hmacsha512256/auth_hmacsha512256.c
  crypto_core/ed25519/core_ed25519.c
  crypto_core/ed25519/ref10/ed25519_ref10.c
  crypto_hash/sha512/cp/hash_sha512_cp.c
  crypto_hash/sha512/hash_sha512.c
  crypto_sign/crypto_sign.c
  crypto_sign/ed25519/ref10/open.c
  crypto_sign/ed25519/ref10/sign.c
  crypto_sign/ed25519/sign_ed25519.c
  crypto_verify/sodium/verify.c
  sodium/utils.c)
list(TRANSFORM sodium_parts PREPEND ${sodium}/)
add_library(torpor_sodium STATIC ${sodium_parts})
add_library(torpor::sodium ALIAS torpor_sodium)
target_include_directories(torpor_sodium SYSTEM
  PUBLIC ${sodium}/include ${PROJECT_BINARY_DIR}/sodium
  PRIVATE ${sodium}/include/sodium ${PROJECT_BINARY_DIR}/sodium/sodium)
target_compile_definitions(torpor_sodium
  PUBLIC SODIUM_STATIC PRIVATE CONFIGURED=1 NATIVE_LITTLE_ENDIAN=1 MINIMAL)
target_compile_options(torpor_sodium PRIVATE -std=c99 -w)
