#include "simulate/wire.h"

#include <algorithm>
#include <utility>

namespace torpor::simulate {
namespace {

constexpr std::uint64_t kBitsPerByte = 10;

}  // namespace

Wire::Wire(std::uint32_t baud, std::vector<Outage> outages, Noise noise)
    : baud_(baud), outages_(std::move(outages)), noise_(noise), random_(noise.seed) {}

Instant Wire::FinishOf(std::uint64_t byte_of_burst) const {
  const std::uint64_t bits = (byte_of_burst + 1) * kBitsPerByte;
  const std::uint64_t us = (bits * 1'000'000 + baud_ - 1) / baud_;
  return burst_start_ + Microseconds(static_cast<std::int64_t>(us));
}

bool Wire::Survives(Instant start, Instant finish) const {
  return std::ranges::none_of(outages_, [&](const Outage& outage) {
    return finish > outage.from && start < outage.to;
  });
}

std::byte Wire::Disturb(std::byte value) {
  if (noise_.one_in_bytes == 0 || random_() % noise_.one_in_bytes != 0) return value;
  ++flipped_;
  return value ^ (std::byte{1} << static_cast<int>(random_() % 8));
}

void Wire::Send(Instant now, std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  if (burst_bytes_ == 0 || FinishOf(burst_bytes_ - 1) <= now) {
    burst_start_ = now;
    burst_bytes_ = 0;
  }
  Chunk chunk;
  chunk.bytes.reserve(bytes.size());
  Instant start = burst_bytes_ == 0 ? now : FinishOf(burst_bytes_ - 1);
  for (const std::byte value : bytes) {
    const Instant finish = FinishOf(burst_bytes_++);
    const std::byte crossed = Disturb(value);
    if (Survives(start, finish)) chunk.bytes.push_back(crossed);
    start = finish;
  }
  sent_ += bytes.size();
  lost_ += bytes.size() - chunk.bytes.size();
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
