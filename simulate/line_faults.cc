#include "simulate/line_faults.h"

#include <algorithm>

namespace torpor::simulate {
namespace {

constexpr double kPeriodsPerRound = 40;
constexpr std::uint64_t kPlanning = 1;  // purposes of random numbers
constexpr std::uint64_t kBending = 2;

constexpr std::array kNames = {"lost bytes", "lost packets", "flips", "repeats",
                               "stalls",     "slowed",       "cut",   "unplugged"};
static_assert(kNames.size() == kFaultKinds);

struct Sort {
  FaultKind kind{};
  Role to{};
};

std::vector<Sort> OneOfEach() {
  std::vector<Sort> sorts;
  for (std::size_t i = 0; i < kFaultKinds; ++i) {
    const auto kind = static_cast<FaultKind>(i);
    sorts.push_back({kind, Role::kComputer});
    if (kind != FaultKind::kCut && kind != FaultKind::kUnplug) {
      sorts.push_back({kind, Role::kFirmware});
    }
  }
  return sorts;
}

// Some bytes in a hundred go to the firmware, and few packets.
double Every(const Sort& sort, Random& random) {
  const bool to_firmware = sort.to == Role::kFirmware;
  switch (sort.kind) {
    case FaultKind::kLoseBytes:
    case FaultKind::kFlip:
      return to_firmware ? random.LogUniform(15, 300) : random.LogUniform(100, 10'000);
    default:
      return random.LogUniform(1.1, to_firmware ? 6 : 20);
  }
}

// Once and long, or so often that some hand-over is torn.
void AddOutages(const FaultEpisode& episode, Random& random, std::vector<Outage>& out) {
  const auto seen = episode.kind == FaultKind::kCut ? Outage::Seen::kAsSilence
                                                    : Outage::Seen::kAsDeviceGone;
  if (random.Uniform(0, 1) < 0.5) {
    out.push_back({episode.from, episode.until, seen});
    return;
  }
  for (Instant at = episode.from; at < episode.until;) {
    const auto on = static_cast<std::int64_t>(random.LogUniform(10e3, 100e3));
    const auto off = static_cast<std::int64_t>(random.LogUniform(20e3, 200e3));
    out.push_back({at, std::min(at + Microseconds(on), episode.until), seen});
    at += Microseconds(on + off);
  }
}

}  // namespace

const char* Name(FaultKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::string InWords(const FaultCounts& counts) {
  std::string text;
  for (std::size_t i = 0; i < kFaultKinds; ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(counts[i]) + " " + kNames[i];
  }
  return text;
}

FaultPlan PlanFaults(std::uint64_t seed, const FaultSpan& span) {
  Random random{seed, kPlanning};
  const Microseconds length = span.until - span.from;
  const double periods =
      static_cast<double>(length.count()) / static_cast<double>(span.period.count());
  const auto rounds = std::max(1, static_cast<int>(periods / kPeriodsPerRound));
  std::vector<Sort> sorts;
  for (int round = 0; round < rounds; ++round) {
    std::vector<Sort> more = OneOfEach();
    for (std::size_t i = more.size(); i > 1; --i) {
      std::swap(more[i - 1], more[random.Next() % i]);
    }
    sorts.insert(sorts.end(), more.begin(), more.end());
  }

  FaultPlan plan;
  plan.seed = seed;
  const Microseconds share = length / static_cast<std::int64_t>(sorts.size());
  const auto of_share = [&](double low, double high) {
    return Microseconds(static_cast<std::int64_t>(random.Uniform(low, high) *
                                                  static_cast<double>(share.count())));
  };
  for (std::size_t i = 0; i < sorts.size(); ++i) {
    FaultEpisode episode;
    episode.kind = sorts[i].kind;
    episode.to = sorts[i].to;
    episode.from = span.from + static_cast<std::int64_t>(i) * share + of_share(0, 0.2);
    episode.until = episode.from + std::max(span.period, of_share(0.4, 1.2));
    if (episode.until > span.until) {  // moved, not cut: it must meet a hand-over
      episode.from = std::max(span.from, span.until - (episode.until - episode.from));
      episode.until = span.until;
    }
    episode.every = Every(sorts[i], random);
    episode.longest_hold = span.longest_hold;
    episode.times_slower = static_cast<std::uint32_t>(random.LogUniform(2, 100));
    plan.episodes.push_back(episode);
    if (episode.kind == FaultKind::kCut || episode.kind == FaultKind::kUnplug) {
      AddOutages(episode, random, plan.outages);
    }
  }
  return plan;
}

LineFaults::LineFaults(const FaultPlan& plan, Role to) {
  for (std::size_t i = 0; i < plan.episodes.size(); ++i) {
    const FaultEpisode& episode = plan.episodes[i];
    if (episode.to != to || episode.kind == FaultKind::kCut ||
        episode.kind == FaultKind::kUnplug) {
      continue;
    }
    Running running{episode, Random{plan.seed, kBending, i}, 0};
    // The first soon, so that an episode with little traffic is one all the same.
    running.left = running.random.Uniform(0, std::min(episode.every, 20.0));
    running_.push_back(running);
  }
}

// Counts one byte or packet towards the next fault of this kind.
LineFaults::Running* LineFaults::Due(FaultKind kind, Instant now) {
  for (Running& running : running_) {
    const FaultEpisode& episode = running.episode;
    if (episode.kind != kind || now < episode.from || now >= episode.until) continue;
    running.left -= 1;
    if (running.left > 0) continue;
    running.left += running.random.Exponential(episode.every);
    return &running;
  }
  return nullptr;
}

std::uint32_t LineFaults::Slower(Instant now) const {
  std::uint32_t slower = 1;
  for (const Running& running : running_) {
    const FaultEpisode& episode = running.episode;
    if (episode.kind != FaultKind::kSlow || now < episode.from || now >= episode.until)
      continue;
    slower = std::max(slower, episode.times_slower);
  }
  return slower;
}

void LineFaults::BeginPacket(Instant now, std::vector<Piece>& pieces) {
  in_packet_ = true;
  if (Due(FaultKind::kLosePackets, now) != nullptr) {
    losing_packet_ = true;
    Count(FaultKind::kLosePackets);
  }
  if (pieces.back().times_slower > 1) Count(FaultKind::kSlow);
  if (Running* hold = Due(FaultKind::kHold, now)) {
    const double most = static_cast<double>(hold->episode.longest_hold.count());
    const double ms = hold->random.LogUniform(1, std::max(most, 2.0));
    pieces.push_back({{},
                      Microseconds(static_cast<std::int64_t>(ms * 1000)),
                      pieces.back().times_slower});
    Count(FaultKind::kHold);
  }
}

void LineFaults::EndPacket(Instant now, std::vector<Piece>& pieces) {
  in_packet_ = false;
  if (!losing_packet_ && !packet_.empty() && Due(FaultKind::kRepeat, now) != nullptr) {
    std::vector<std::byte>& bytes = pieces.back().bytes;
    bytes.push_back(std::byte{0});
    bytes.insert(bytes.end(), packet_.begin(), packet_.end());
    Count(FaultKind::kRepeat);
  }
  losing_packet_ = false;
  packet_.clear();
}

void LineFaults::PassByte(std::byte value, Instant now, Piece& piece) {
  if (Running* lose = Due(FaultKind::kLoseBytes, now)) {
    losing_bytes_ = static_cast<std::uint32_t>(lose->random.LogUniform(1, 65));
  }
  if (Running* flip = Due(FaultKind::kFlip, now)) {
    value ^= std::byte{1} << static_cast<int>(flip->random.Next() % 8);
    Count(FaultKind::kFlip);
  }
  if (losing_bytes_ > 0) {
    --losing_bytes_;
    Count(FaultKind::kLoseBytes);
    return;
  }
  if (losing_packet_) return;
  piece.bytes.push_back(value);
  if (in_packet_) packet_.push_back(value);
}

std::vector<LineFaults::Piece> LineFaults::Pass(Instant now,
                                                std::span<const std::byte> bytes) {
  std::vector<Piece> pieces(1);
  if (running_.empty()) {
    pieces.front().bytes.assign(bytes.begin(), bytes.end());
    return pieces;
  }
  pieces.front().times_slower = Slower(now);
  for (const std::byte value : bytes) {
    const bool between =
        value == std::byte{0};  // packets are behind a zero and before one
    if (!between && !in_packet_) BeginPacket(now, pieces);
    if (between && in_packet_) EndPacket(now, pieces);
    PassByte(value, now, pieces.back());
  }
  return pieces;
}

}  // namespace torpor::simulate
