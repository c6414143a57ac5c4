// A payload, correctly signed by a careless signer: either refused, or terms that encode
// to the same bytes, lint without a crash and compare equal to themselves.
#include <algorithm>
#include <array>

#include "contract/difference.h"
#include "contract/energy.h"
#include "contract/lint.h"
#include "contract/payload.h"
#include "fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace torpor;
  contract::Finding why;
  const auto bytes = fuzz::Bytes(data, size);
  const auto terms = contract::DecodePayload(bytes, &why);
  if (!terms.ok()) return 0;
  std::array<std::byte, contract::kMaxPayloadBytes> again{};
  const auto written = contract::EncodePayload(*terms, again);
  fuzz::Expect(
      written.ok() && std::ranges::equal(std::span(again).first(*written), bytes),
      "terms have one form");
  contract::Findings findings;
  contract::Lint(*terms, findings);
  fuzz::Expect(!contract::FirstDifference(*terms, *terms), "terms equal themselves");
  fuzz::Expect(contract::ModelledCycle(*terms).total.value >= 0,
               "energy is not negative");
  return 0;
}
