// Prints the logit of the plain engine for each of the fixed networks, as the bits of its
// float, with the instructions it took where the machine can tell. Run on another kind of
// machine by network_device_test.cc, which writes test_networks.inc.
#include <bit>
#include <span>

#include "model/device/test_fixed_network.h"
#include "model/reference/encoder.h"
#include "model/reference/layout.h"
#include "signal/device/test_board.h"

namespace torpor::model {
namespace {

#include "generated/test_networks.inc"

// Where a microcontroller would have it: static memory, nothing else.
std::array<float, 40'000> scratch;

void Print(std::uint32_t bits, char end) {
  std::array<char, 10> text{};
  for (std::size_t i = 0; i < 8; ++i) {
    text[i] = "0123456789abcdef"[(bits >> (28 - 4 * i)) & 15U];
  }
  text[8] = end;
  signal::Write(text.data());
}

bool PrintLogits() {
  for (const FixedNetwork& fixed : kFixedNetworks) {
    std::string_view why;
    const auto view = ParseNetworkWithoutDigest(std::as_bytes(fixed.file), why);
    if (!view.ok() || ScratchFloats(view->shape) > scratch.size()) return false;
    float logit = 0;
    const std::uint32_t before = signal::Instructions();
    const Status status = RunReference(*view, fixed.z, fixed.tokens, scratch, logit);
    const std::uint32_t spent = signal::Instructions() - before;
    if (status != Status::kOk) return false;
    signal::Write("reference ");
    Print(std::bit_cast<std::uint32_t>(logit), ' ');
    Print(spent, '\n');
  }
  return true;
}

}  // namespace
}  // namespace torpor::model

int main() { return torpor::model::PrintLogits() ? 0 : 1; }
