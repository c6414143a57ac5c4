// Two good ends, and a cable of the fuzzer's choice between them: each byte of the input
// decides what happens to the next packet. A batch arrives as it was sent or not at all,
// within the contract's time, and no packet makes the two agree on different terms.
#include <algorithm>

#include "fuzz/target.h"
#include "link/ends_under_test.h"

namespace {

using namespace torpor;

// Lost, doubled, cut short, lengthened or with a byte changed; most go through.
int Bend(std::uint8_t how, link::Bytes& packet) {
  switch (how % 16) {
    case 0:
      return 0;
    case 1:
      return 2;
    case 2:
      packet.resize(packet.size() / 2);
      return 1;
    case 3:
      packet.insert(packet.begin() + 1, std::byte{how});
      return 1;
    case 4:
      packet[packet.size() * how / 256] ^= std::byte{0x10};
      return 1;
    default:
      return 1;
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  link::TestLink cable;
  std::size_t at = 0;
  cable.fault = [&](link::Way, link::Bytes& packet) {
    return at < size ? Bend(data[at++], packet) : 1;
  };
  const Microseconds patience = link::TestLink().here.verified.terms().period;
  for (int cycle = 1; cycle <= 4; ++cycle) {
    const Instant began = cable.now;
    if (cable.Greet(cycle) != link::ComputerEvent::kAgreed) continue;
    cable.Offer(static_cast<std::uint64_t>(cycle), Milliseconds(40));
    const auto event = cable.Fetch();
    if (event == link::ComputerEvent::kBatch) {
      fuzz::Expect(std::ranges::equal(cable.computer->batch(), cable.samples),
                   "a batch arrives as it was sent");
      fuzz::Expect(cable.computer->age(cable.now) >= Milliseconds(40),
                   "an age is never understated");
    }
    fuzz::Expect(cable.now - began <= patience, "an exchange ends within a period");
    while (cable.Exchange()) {
    }
  }
  return 0;
}
