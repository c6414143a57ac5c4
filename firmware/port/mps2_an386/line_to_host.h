// The image's end of firmware/port/mps2_an386/channel.h, and what its command line says.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "contract/terms.h"
#include "core/result.h"
#include "core/time.h"
#include "link/refusal.h"

namespace torpor::firmware::mps2 {

struct Wishes {
  bool refusal_ends = false;
  bool compressed = false;
  bool counted = false;
  bool stack = false;
  std::uint32_t cut_after = 0;  // 0: never
};

// Reads the command line and opens the pipes, if there is anybody at their other ends.
const Wishes& ReadWishes();

// As firmware/core/port.h says; without a program at the other end there is no sensor.
link::Refusal AskPrepare(const contract::Terms& terms);
Status AskStart(const contract::Sensor& sensor, Milliseconds window, Instant now);
Result<std::size_t> AskRead(const contract::Sensor& sensor, Instant now,
                            std::span<std::int16_t> out);
void AskStop();
std::uint32_t AskSpeed();

// A compressed run. A sleep ends the image when the run is over.
Instant AskSleep(Instant now, Instant deadline);
void AskSend(Instant now, std::span<const std::byte> bytes);
std::size_t TakeReceived(std::span<std::byte> out);  // what the last sleeps have brought

}  // namespace torpor::firmware::mps2
