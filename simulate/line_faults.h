// What goes wrong on a link, made from one number: which fault, in which direction, when,
// and at which byte. Pure, and the same for the same seed: the time broker and the proxy
// of the real-time tests bend their bytes with the same code. Told in docs/faults.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/time.h"
#include "simulate/broker_message.h"
#include "simulate/random.h"

namespace torpor::simulate {

// The line is cut from `from` up to, not including, `to`. Bytes on it at any time between
// are lost, in both directions.
struct Outage {
  enum class Seen : std::uint8_t {
    kAsSilence,     // a loose wire: neither side notices
    kAsDeviceGone,  // a USB adapter pulled out: the computer's device vanishes
  };
  Instant from{};
  Instant to{};
  Seen seen = Seen::kAsSilence;
};

enum class FaultKind : std::uint8_t {
  kLoseBytes,    // a row of 1 to 64
  kLosePackets,  // from a packet's first byte to its last
  kFlip,         // one bit of a byte
  kRepeat,       // a packet comes twice
  kHold,         // the line stalls before a packet, and all behind it waits
  kSlow,         // bytes take many times as long as the baud says
  kCut,          // Outage::Seen::kAsSilence
  kUnplug,       // Outage::Seen::kAsDeviceGone
};
inline constexpr std::size_t kFaultKinds = 8;
const char* Name(FaultKind kind);

// How often each happened: bytes lost, packets lost, bits flipped, packets repeated,
// stalls, packets slowed, bytes lost in cuts, times unplugged.
using FaultCounts = std::array<std::uint64_t, kFaultKinds>;
std::string InWords(const FaultCounts& counts);

// Of one kind in one direction, between two times.
struct FaultEpisode {
  FaultKind kind{};
  Role to{};  // who receives what is bent
  Instant from{}, until{};
  double every = 1;  // on average so many bytes or packets from one to the next
  Milliseconds longest_hold{};   // kHold
  std::uint32_t times_slower{};  // kSlow
};

struct FaultPlan {
  std::uint64_t seed = 0;
  std::vector<FaultEpisode> episodes;  // in order of their beginnings; may overlap
  std::vector<Outage> outages;         // kCut and kUnplug
};

struct FaultSpan {
  Instant from{}, until{};  // no episode begins before or ends after
  Microseconds period{};    // of the contract: an episode meets a hand-over at least
  Milliseconds longest_hold{};
};

// Each kind in each direction at least once, and again for every 40 periods of the span.
FaultPlan PlanFaults(std::uint64_t seed, const FaultSpan& span);

// One direction of the line.
class LineFaults {
 public:
  LineFaults() = default;  // a good line
  LineFaults(const FaultPlan& plan, Role to);

  // Bytes that cross behind each other at one speed, after a stall.
  struct Piece {
    std::vector<std::byte> bytes;
    Microseconds hold{};
    std::uint32_t times_slower = 1;
  };
  // `now` never goes back.
  [[nodiscard]] std::vector<Piece> Pass(Instant now, std::span<const std::byte> bytes);

  // All but the outages, which are whoever has the line's.
  [[nodiscard]] const FaultCounts& counts() const { return counts_; }

 private:
  struct Running {
    FaultEpisode episode;
    Random random;
    double left = 0;  // bytes or packets until the next
  };

  [[nodiscard]] Running* Due(FaultKind kind, Instant now);
  [[nodiscard]] std::uint32_t Slower(Instant now) const;
  void BeginPacket(Instant now, std::vector<Piece>& pieces);
  void EndPacket(Instant now, std::vector<Piece>& pieces);
  void PassByte(std::byte value, Instant now, Piece& piece);
  void Count(FaultKind kind) { ++counts_[static_cast<std::size_t>(kind)]; }

  std::vector<Running> running_;
  bool in_packet_ = false;
  bool losing_packet_ = false;
  std::uint32_t losing_bytes_ = 0;
  std::vector<std::byte> packet_;  // what crossed of it, to be repeated
  FaultCounts counts_{};
};

}  // namespace torpor::simulate
