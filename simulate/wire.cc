#include "simulate/wire.h"

#include <algorithm>
#include <utility>

namespace torpor::simulate {
Wire::Wire(std::uint32_t baud, std::vector<Outage> outages, Noise noise,
           LineFaults faults)
    : baud_(baud),
      outages_(std::move(outages)),
      noise_(noise),
      random_(noise.seed),
      faults_(std::move(faults)) {}

Instant Wire::FinishOf(std::uint64_t byte_of_burst) const {
  const std::uint64_t bits = (byte_of_burst + 1) * std::uint64_t{kBitsPerByte};
  const std::uint64_t us = (bits * 1'000'000 + baud_ - 1) / baud_;
  return burst_start_ + Microseconds(static_cast<std::int64_t>(us));
}

bool Wire::Survives(Instant start, Instant finish) {
  const auto hit = std::ranges::find_if(outages_, [&](const Outage& outage) {
    return finish > outage.from && start < outage.to;
  });
  if (hit == outages_.end()) return true;
  if (hit->seen == Outage::Seen::kAsSilence) {
    ++counts_[static_cast<std::size_t>(FaultKind::kCut)];
  }
  return false;
}

std::byte Wire::Disturb(std::byte value) {
  if (noise_.one_in_bytes == 0 || random_() % noise_.one_in_bytes != 0) return value;
  ++flipped_;
  return value ^ (std::byte{1} << static_cast<int>(random_() % 8));
}

void Wire::Send(Instant now, std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  sent_ += bytes.size();
  for (const LineFaults::Piece& piece : faults_.Pass(now, bytes)) {
    if (!piece.bytes.empty()) Put(now, piece);
  }
  const FaultCounts& bent = faults_.counts();
  for (const auto kind :
       {FaultKind::kLoseBytes, FaultKind::kLosePackets, FaultKind::kFlip,
        FaultKind::kRepeat, FaultKind::kHold, FaultKind::kSlow}) {
    counts_[static_cast<std::size_t>(kind)] = bent[static_cast<std::size_t>(kind)];
  }
}

void Wire::Put(Instant now, const LineFaults::Piece& piece) {
  const bool busy = burst_bytes_ > 0 && FinishOf(burst_bytes_ - 1) > now;
  if (!busy || piece.hold.count() > 0) {
    burst_start_ = (busy ? FinishOf(burst_bytes_ - 1) : now) + piece.hold;
    burst_bytes_ = 0;
  }
  Chunk chunk;
  chunk.bytes.reserve(piece.bytes.size());
  Instant start = burst_bytes_ == 0 ? burst_start_ : FinishOf(burst_bytes_ - 1);
  for (const std::byte value : piece.bytes) {
    burst_bytes_ += piece.times_slower;
    const Instant finish = FinishOf(burst_bytes_ - 1);
    const std::byte crossed = Disturb(value);
    if (Survives(start, finish)) chunk.bytes.push_back(crossed);
    start = finish;
  }
  lost_ += piece.bytes.size() - chunk.bytes.size();
  chunk.arrival = start;
  if (!chunk.bytes.empty()) chunks_.push_back(std::move(chunk));
}

std::optional<Instant> Wire::NextArrival() const {
  if (chunks_.empty()) return std::nullopt;
  return chunks_.front().arrival;
}

void Wire::Receive(Instant now, std::vector<std::byte>& out) {
  while (!chunks_.empty() && chunks_.front().arrival <= now) {
    const std::vector<std::byte>& bytes = chunks_.front().bytes;
    out.insert(out.end(), bytes.begin(), bytes.end());
    chunks_.pop_front();
  }
}

void Wire::Clear() {
  for (const Chunk& chunk : chunks_) lost_ += chunk.bytes.size();
  chunks_.clear();
}

}  // namespace torpor::simulate
