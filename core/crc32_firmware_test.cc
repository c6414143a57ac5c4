// The microcontroller's Crc32(), on a host: core/crc32.cc is linked here, and no
// torpor::core.
#include <gtest/gtest.h>

#include "core/test_crc32.h"

namespace torpor {
namespace {

TEST(Crc32Firmware, IsThePolynomialsOfEveryLengthAndPlace) { ExpectThePolynomials(); }

}  // namespace
}  // namespace torpor
