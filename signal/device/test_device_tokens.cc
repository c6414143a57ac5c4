// Prints the tokens of the test windows, each feature as the hexadecimal bits of its
// float. Run on another kind of machine by tokens_device_test.cc.
#include <bit>
#include <span>

#include "signal/device/test_board.h"
#include "signal/test_windows.h"
#include "signal/tokens.h"

namespace torpor::signal {
namespace {

// Where an MCU would have them: static memory, nothing else.
Tokens tokens;
std::array<std::int16_t, kMostTestSamples> samples;
std::array<float, kMaxFeatures> features;

void Print(std::uint32_t bits, char end) {
  std::array<char, 10> text{};
  for (std::size_t i = 0; i < 8; ++i) {
    text[i] = "0123456789abcdef"[(bits >> (28 - 4 * i)) & 15U];
  }
  text[8] = end;
  Write(text.data());
}

bool PrintTokens() {
  for (const TestWindow& window : kTestWindows) {
    const auto in = std::span(samples).first(window.shape.samples());
    FillWindow(window, in);
    if (tokens.Prepare(window.shape) != Status::kOk) return false;
    const auto out = std::span(features).first(tokens.features());
    const std::uint32_t before = Instructions();
    if (tokens.Compute(in, out) != Status::kOk) return false;
    const std::uint32_t spent = Instructions() - before;
    Write(window.name);
    Write(" ");
    Print(spent, ' ');
    for (const float feature : out) Print(std::bit_cast<std::uint32_t>(feature), ' ');
    Write("\n");
  }
  Write("bytes ");
  Print(sizeof(Tokens), '\n');
  return true;
}

}  // namespace
}  // namespace torpor::signal

int main() { return torpor::signal::PrintTokens() ? 0 : 1; }
