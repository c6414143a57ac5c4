// One direction of a serial line in virtual time: bytes take as long as the baud says,
// and a script may cut the line or make it noisy. Pure: it is told the time and reads no
// clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "core/time.h"
#include "simulate/line_faults.h"

namespace torpor::simulate {

// Of a byte on the line: its 8, a start and a stop.
inline constexpr std::int64_t kBitsPerByte = 10;

// About one byte in `one_in_bytes` has one bit flipped; 0 is a clean line. The same seed
// flips the same bits.
struct Noise {
  std::uint32_t one_in_bytes = 0;
  std::uint64_t seed = 1;
};

class Wire {
 public:
  // `baud` is above 0.
  Wire(std::uint32_t baud, std::vector<Outage> outages, Noise noise,
       LineFaults faults = {});

  // Puts bytes behind those already on the line; they arrive as one chunk when the last
  // of them has crossed, or as several when a fault stalls the line between them. `now`
  // never goes back.
  void Send(Instant now, std::span<const std::byte> bytes);

  // When the oldest chunk on the line arrives; none when the line is empty.
  [[nodiscard]] std::optional<Instant> NextArrival() const;

  // Appends to `out` every chunk that has arrived by `now`.
  void Receive(Instant now, std::vector<std::byte>& out);

  // Forgets what is on the line: its receiver has gone.
  void Clear();

  [[nodiscard]] std::uint64_t bytes_sent() const { return sent_; }
  [[nodiscard]] std::uint64_t bytes_lost() const { return lost_; }
  [[nodiscard]] std::uint64_t bytes_flipped() const { return flipped_; }
  // With the bytes lost in silent outages; being unplugged is not the wire's.
  [[nodiscard]] const FaultCounts& faults() const { return counts_; }

 private:
  struct Chunk {
    Instant arrival{};
    std::vector<std::byte> bytes;
  };

  [[nodiscard]] Instant FinishOf(std::uint64_t byte_of_burst) const;
  [[nodiscard]] bool Survives(Instant start, Instant finish);
  void Put(Instant now, const LineFaults::Piece& piece);
  std::byte Disturb(std::byte value);

  std::uint32_t baud_;
  std::vector<Outage> outages_;
  Noise noise_;
  std::mt19937_64 random_;
  LineFaults faults_;
  FaultCounts counts_{};
  // A burst is a row of bytes with no gap between them. Counting from its start keeps the
  // rounding to whole microseconds from adding up.
  Instant burst_start_{};
  std::uint64_t burst_bytes_ = 0;  // each as often as it is slower
  std::deque<Chunk> chunks_;
  std::uint64_t sent_ = 0, lost_ = 0, flipped_ = 0;
};

}  // namespace torpor::simulate
