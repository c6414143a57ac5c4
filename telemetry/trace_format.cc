#include "telemetry/trace_format.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "core/bytes.h"
#include "core/crc32.h"
#include "core/hex.h"

namespace torpor::telemetry {
namespace {

constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kSealBytes = kChecksumBytes + 2;
constexpr std::size_t kSequenceAt = kSealBytes;
// Beyond all that Bounded() gives.
constexpr std::uint64_t kNotKnown = std::uint64_t{1} << 62U;

enum Flag : std::uint8_t {
  kInferred = 1,
  kAlarm = 2,
  kMetered = 4,
  kLookedAtSleep = 8,
  kPinned = 16,
  kRailKnown = 32,
  kRailGated = 64,
};

template <class T>
std::uint64_t Number(T value) {
  return static_cast<std::uint64_t>(Bounded(static_cast<std::int64_t>(value)));
}
std::uint64_t Number(Instant at) { return Number(SinceBootMicroseconds(at)); }
std::uint64_t Number(Microseconds us) { return Number(us.count()); }
std::uint64_t Number(double value) { return std::bit_cast<std::uint64_t>(value); }
std::uint64_t Number(const std::optional<double>& value) {
  return Number(value.value_or(std::numeric_limits<double>::quiet_NaN()));
}

void WriteText(ByteWriter& out, std::string_view text, std::size_t longest) {
  text = text.substr(0, longest);
  out.Write(static_cast<std::uint8_t>(text.size()));
  out.Write(AsBytes(text));
}

// Of a block that is being filled: items of a list go in as long as there is room.
class Filling {
 public:
  explicit Filling(TraceBlock& block) : block_(block) {}

  ByteWriter Rest() { return ByteWriter(std::span(block_).subspan(used_)); }
  void Use(const ByteWriter& writer) { used_ += writer.size(); }
  [[nodiscard]] std::size_t used() const { return used_; }

  // The lists that follow need a byte each at least.
  template <class Items, class Write>
  std::uint32_t List(const Items& items, std::size_t most, std::size_t lists_after,
                     Write write) {
    const std::size_t count_at = used_++;
    std::size_t count = 0;
    for (const auto& item : items) {
      if (count == most) break;
      const std::span<std::byte> whole = block_;
      ByteWriter out(whole.subspan(used_, whole.size() - lists_after - used_));
      write(out, item);
      if (!out.ok()) {
        std::ranges::fill(std::span(block_).subspan(used_), std::byte{0});
        break;
      }
      used_ += out.size();
      ++count;
    }
    block_[count_at] = static_cast<std::byte>(count);
    return static_cast<std::uint32_t>(items.size() - count);
  }

 private:
  TraceBlock& block_;
  std::size_t used_ = 0;
};

std::uint8_t FlagsOf(const CycleRecord& record) {
  unsigned flags = 0;
  if (record.inferred) flags |= kInferred;
  if (record.alarm) flags |= kAlarm;
  if (record.metered) flags |= kMetered;
  if (record.sleep) {
    flags |= kLookedAtSleep;
    if (record.sleep->pinned) flags |= kPinned;
    if (record.sleep->railgated) flags |= kRailKnown;
    if (record.sleep->railgated.value_or(false)) flags |= kRailGated;
  }
  return static_cast<std::uint8_t>(flags);
}

void WriteFixed(ByteWriter& out, const TracedCycle& cycle, const SleepProof& sleep) {
  const CycleRecord& record = cycle.record;
  out.Write(record.cycle);
  out.Write(Number(record.woke));
  out.Write(Number(cycle.due));
  out.Write(Number(record.wall_us));
  out.Write(Number(cycle.begin()));
  out.Write(record.batch_sequence);
  out.Write(Number(record.batch_age));
  out.Write(Number(record.since_last_inference));
  out.Write(Number(record.score));
  out.Write(Number(record.energy.value));
  out.Write(Number(record.suspended));
  out.Write(Number(record.slept));
  out.Write(Number(sleep.idle_share));
  out.Write(sleep.suspended_ms ? Number(*sleep.suspended_ms) : kNotKnown);
  out.Write(record.dropped_overrun);
  out.Write(record.dropped_stale);
  out.Write(record.dropped_corrupt);
  out.Write(record.dropped_gap);
  out.Write(record.wakeups_awake);
  out.Write(record.wakeups_asleep);
  out.Write(static_cast<std::uint16_t>(record.why_abstained));
  out.Write(static_cast<std::uint8_t>(record.verdict));
  out.Write(FlagsOf(record));
  out.Write(ReadHex<8>(record.contract).value_or(ShortDigest{}));
}

std::optional<double> Share(std::uint64_t bits) {
  const auto share = std::bit_cast<double>(bits);
  return share == share ? std::optional(share) : std::nullopt;
}

Instant At(std::uint64_t us) { return FromMicroseconds(static_cast<std::int64_t>(us)); }

std::string ReadText(ByteReader& in) {
  const auto bytes = in.Take(in.Read<std::uint8_t>());
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The record's fields, and where the first step begins.
Instant ReadFixed(ByteReader& in, TracedCycle& cycle) {
  CycleRecord& record = cycle.record;
  SleepProof& sleep = record.sleep.emplace();
  record.cycle = in.Read<std::uint64_t>();
  record.woke = At(in.Read<std::uint64_t>());
  cycle.due = At(in.Read<std::uint64_t>());
  record.wall_us = static_cast<std::int64_t>(in.Read<std::uint64_t>());
  const Instant begin = At(in.Read<std::uint64_t>());
  record.batch_sequence = in.Read<std::uint64_t>();
  record.batch_age = At(in.Read<std::uint64_t>()).time_since_epoch();
  record.since_last_inference = At(in.Read<std::uint64_t>()).time_since_epoch();
  record.score = std::bit_cast<double>(in.Read<std::uint64_t>());
  record.energy = {static_cast<std::int64_t>(in.Read<std::uint64_t>())};
  record.suspended = At(in.Read<std::uint64_t>()).time_since_epoch();
  record.slept = Share(in.Read<std::uint64_t>());
  sleep.idle_share = Share(in.Read<std::uint64_t>());
  if (const auto ms = in.Read<std::uint64_t>(); ms != kNotKnown) {
    sleep.suspended_ms = static_cast<std::int64_t>(ms);
  }
  record.dropped_overrun = in.Read<std::uint32_t>();
  record.dropped_stale = in.Read<std::uint32_t>();
  record.dropped_corrupt = in.Read<std::uint32_t>();
  record.dropped_gap = in.Read<std::uint32_t>();
  record.wakeups_awake = in.Read<std::uint32_t>();
  record.wakeups_asleep = in.Read<std::uint32_t>();
  record.why_abstained = static_cast<Status>(in.Read<std::uint16_t>());
  record.verdict = static_cast<Verdict>(in.Read<std::uint8_t>());
  const unsigned flags = in.Read<std::uint8_t>();
  record.inferred = (flags & kInferred) != 0;
  record.alarm = (flags & kAlarm) != 0;
  record.metered = (flags & kMetered) != 0;
  sleep.pinned = (flags & kPinned) != 0;
  if ((flags & kRailKnown) != 0) sleep.railgated = (flags & kRailGated) != 0;
  ShortDigest contract{};
  in.ReadInto(contract);
  record.contract.resize(2 * contract.size());
  WriteHex(contract, record.contract);
  cycle.boot = ReadText(in);
  sleep.gpu_before = ReadText(in);
  sleep.gpu_after = ReadText(in);
  sleep.causes = ReadText(in);
  record.because = ReadText(in);
  if ((flags & kLookedAtSleep) == 0) record.sleep.reset();
  return begin;
}

RailJoules ReadRail(ByteReader& in) {
  RailJoules rail;
  rail.rail = ReadText(in);
  rail.how = static_cast<Metered>(in.Read<std::uint8_t>());
  for (auto& phase : rail.phases) {
    const auto joules = in.Read<std::uint64_t>();
    if (joules != kNotKnown) phase = Microjoules{static_cast<std::int64_t>(joules)};
  }
  return rail;
}

// What a header's checksum is of, and where it stands: at the end.
std::pair<std::span<const std::byte>, std::span<std::byte>> SplitHeader(
    TraceBlock& block) {
  constexpr std::size_t kSealed = kTraceBlockBytes - kChecksumBytes;
  return {std::span(block).first(kSealed), std::span(block).subspan(kSealed)};
}

// A block begins with the checksum of what is behind it, and with its own length.
void Seal(TraceBlock& block, std::size_t length) {
  ByteWriter(std::span(block).subspan(kChecksumBytes))
      .Write(static_cast<std::uint16_t>(length));
  const auto sealed = std::span(block).first(length).subspan(kChecksumBytes);
  ByteWriter(block).Write(Crc32(sealed));
}

bool Sealed(std::span<const std::byte> bytes) {
  if (bytes.size() != kTraceBlockBytes) return false;
  ByteReader in(bytes);
  const auto checksum = in.Read<std::uint32_t>();
  const auto length = in.Read<std::uint16_t>();
  return length > kSealBytes && length <= bytes.size() &&
         Crc32(bytes.first(length).subspan(kChecksumBytes)) == checksum;
}

}  // namespace

TraceBlock EncodeTraceHeader(const TraceHeader& header) {
  TraceBlock block{};
  ByteWriter out(block);
  out.Write(AsBytes(kTraceMagic));
  out.Write(kTraceVersion);
  out.Write(static_cast<std::uint32_t>(kTraceBlockBytes));
  out.Write(header.blocks);
  WriteText(out, header.robot, kLongestTraceRobot);
  const auto [sealed, seal] = SplitHeader(block);
  ByteWriter(seal).Write(Crc32(sealed));
  return block;
}

std::optional<TraceHeader> DecodeTraceHeader(std::span<const std::byte> bytes) {
  if (bytes.size() != kTraceBlockBytes) return std::nullopt;
  ByteReader in(bytes);
  (void)in.Take(kTraceMagic.size() + sizeof kTraceVersion + 4);
  TraceHeader header;
  header.blocks = in.Read<std::uint32_t>();
  header.robot = ReadText(in);
  if (header.blocks == 0 || header.blocks > kMostTraceBlocks ||
      header.blocks % kTraceBlocksOfPage != 0) {
    return std::nullopt;
  }
  if (!std::ranges::equal(bytes, EncodeTraceHeader(header))) return std::nullopt;
  return header;
}

TraceBlock EncodeTraceBlock(std::uint64_t sequence, const TracedCycle& cycle) {
  TraceBlock block{};
  const CycleRecord& record = cycle.record;
  SleepProof nobody_looked;
  nobody_looked.gpu_before.clear();
  nobody_looked.gpu_after.clear();
  const SleepProof& sleep = record.sleep ? *record.sleep : nobody_looked;
  Filling filling(block);
  ByteWriter out = filling.Rest();
  out.Write(std::uint32_t{0});  // Seal() fills these in
  out.Write(std::uint16_t{0});
  out.Write(sequence);
  out.Write(std::uint8_t{0});  // what is left out, see below
  WriteFixed(out, cycle, sleep);
  WriteText(out, cycle.boot, kLongestTraceBoot);
  WriteText(out, sleep.gpu_before, kLongestTraceName);
  WriteText(out, sleep.gpu_after, kLongestTraceName);
  WriteText(out, sleep.causes, kLongestTraceCauses);
  WriteText(out, record.because, kLongestTraceBecause);
  filling.Use(out);

  std::uint32_t left_out = cycle.left_out;
  left_out += filling.List(cycle.steps, kMostTraceSteps, 3,
                           [](ByteWriter& to, const StepSpan& span) {
                             to.Write(static_cast<std::uint8_t>(span.step));
                             to.Write(Number(span.end));
                           });
  left_out += filling.List(record.deviations, kMostTraceDeviations, 2,
                           [](ByteWriter& to, const Deviation& deviation) {
                             to.Write(static_cast<std::uint16_t>(deviation.what));
                           });
  left_out += filling.List(cycle.leases, kMostTraceLeases, 1,
                           [](ByteWriter& to, const LeaseSpan& lease) {
                             WriteText(to, lease.holder, kLongestTraceName);
                             to.Write(static_cast<std::uint8_t>(lease.revoked));
                             to.Write(Number(lease.begin));
                             to.Write(Number(lease.end));
                           });
  left_out += filling.List(record.rails, kMostTraceRails, 0,
                           [](ByteWriter& to, const RailJoules& rail) {
                             WriteText(to, rail.rail, kLongestTraceName);
                             to.Write(static_cast<std::uint8_t>(rail.how));
                             for (const auto& joules : rail.phases) {
                               to.Write(joules ? Number(joules->value) : kNotKnown);
                             }
                           });
  block[kSequenceAt + sizeof sequence] = static_cast<std::byte>(std::min(left_out, 255U));
  Seal(block, filling.used());
  return block;
}

std::optional<DecodedBlock> DecodeTraceBlock(std::span<const std::byte> bytes) {
  if (!Sealed(bytes)) return std::nullopt;
  ByteReader in(bytes.subspan(kSealBytes));
  DecodedBlock decoded;
  TracedCycle& cycle = decoded.cycle;
  decoded.sequence = in.Read<std::uint64_t>();
  cycle.left_out = in.Read<std::uint8_t>();
  Instant at = ReadFixed(in, cycle);
  if (cycle.record.verdict > Verdict::kAbstain) return std::nullopt;

  for (auto left = in.Read<std::uint8_t>(); left > 0 && in.ok(); --left) {
    const auto step = in.Read<std::uint8_t>();
    const Instant end = At(in.Read<std::uint64_t>());
    if (step >= kTraceSteps || end < at) return std::nullopt;
    cycle.steps.push_back({static_cast<TraceStep>(step), at, end});
    at = end;
  }
  for (auto left = in.Read<std::uint8_t>(); left > 0 && in.ok(); --left) {
    cycle.record.deviations.push_back(
        {static_cast<Status>(in.Read<std::uint16_t>()), {}});
  }
  for (auto left = in.Read<std::uint8_t>(); left > 0 && in.ok(); --left) {
    LeaseSpan lease;
    lease.holder = ReadText(in);
    lease.revoked = in.Read<std::uint8_t>() != 0;
    lease.begin = At(in.Read<std::uint64_t>());
    lease.end = At(in.Read<std::uint64_t>());
    if (lease.end < lease.begin) return std::nullopt;
    cycle.leases.push_back(std::move(lease));
  }
  for (auto left = in.Read<std::uint8_t>(); left > 0 && in.ok(); --left) {
    cycle.record.rails.push_back(ReadRail(in));
    if (cycle.record.rails.back().how > Metered::kAtMost) return std::nullopt;
  }
  if (decoded.sequence == 0 || !in.ok()) return std::nullopt;
  // One form: whatever else the bytes could mean was not written by us.
  if (!std::ranges::equal(bytes, EncodeTraceBlock(decoded.sequence, cycle))) {
    return std::nullopt;
  }
  for (const StepSpan& span : cycle.steps) {
    cycle.record.phases[static_cast<std::size_t>(PhaseOf(span.step))] +=
        span.end - span.begin;
  }
  return decoded;
}

std::size_t LengthOfTraceBlock(const TraceBlock& block) {
  const std::span<const std::byte> bytes = block;
  return ByteReader(bytes.subspan(kChecksumBytes)).Read<std::uint16_t>();
}

std::uint64_t SequenceOfTraceBlock(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  (void)in.Take(kSequenceAt);
  return in.Read<std::uint64_t>();
}

}  // namespace torpor::telemetry
