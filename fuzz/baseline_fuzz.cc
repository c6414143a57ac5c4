// A fleet's baseline as a robot finds it: refused, or the same bytes again, and a
// detector that can be made of it.
#include <algorithm>
#include <vector>

#include "detect/detector.h"
#include "fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace torpor;
  const auto bytes = fuzz::Bytes(data, size);
  auto baseline = detect::DecodeBaseline(bytes);
  if (!baseline.ok()) return 0;
  fuzz::Expect(std::ranges::equal(detect::EncodeBaseline(*baseline), bytes),
               "a baseline has one form");
  const detect::Detector detector(*std::move(baseline), {});
  fuzz::Expect(!detector.Save().empty(), "a detector can be kept");
  return 0;
}
