// What libsodium and the compiler expect of a system that there is none of here. None of
// it may ever be called.
#include "firmware/port/mps2_an386/semihosting.h"

namespace {

[[noreturn]] void Never() {
  torpor::firmware::mps2::End(torpor::firmware::mps2::Exit::kFault);
}

}  // namespace

extern "C" {

// Signatures are verified here, never made: no random number is asked for.
void randombytes_buf(void*, unsigned) { Never(); }
void sodium_misuse() { Never(); }

// After RunImage(), when nothing is torn down.
int __aeabi_atexit(void*, void (*)(void*), void*) { return 0; }  // NOLINT
void* __dso_handle = nullptr;                                    // NOLINT

[[noreturn]] void abort() { Never(); }
[[noreturn]] void __cxa_pure_virtual() { Never(); }  // NOLINT

}  // extern "C"
