#include "cli/turn_meter.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace torpor::cli {
namespace {

constexpr auto kBetweenReadings = std::chrono::milliseconds(20);

Instant Now() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return FromMicroseconds(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000);
}

constexpr std::size_t Index(TurnPart part) { return static_cast<std::size_t>(part); }

}  // namespace

SampledTurns::SampledTurns(std::unique_ptr<power::Meter> meter, std::string rail)
    : meter_(std::move(meter)),
      rail_(std::move(rail)),
      readings_(meter_->rails().size()),
      account_({meter_->rails().begin(), meter_->rails().end()}),
      thread_([this] { Run(); }) {}

SampledTurns::~SampledTurns() {
  stop_ = true;
  thread_.join();
}

std::string_view SampledTurns::how() const { return torpor::Name(how_); }

void SampledTurns::Run() {
  while (!stop_) {
    {
      const std::scoped_lock lock(mutex_);
      Read();
    }
    std::this_thread::sleep_for(kBetweenReadings);
  }
}

void SampledTurns::Read() {
  meter_->Read(readings_);
  account_.Border(Index(part_), Now(), readings_);
}

void SampledTurns::Begin() {
  const std::scoped_lock lock(mutex_);
  part_ = TurnPart::kSettle;
  times_ = {};
  meter_->Read(readings_);
  since_ = Now();
  account_.Begin(since_, readings_);
}

void SampledTurns::Switch(TurnPart to) {
  const std::scoped_lock lock(mutex_);
  Read();
  const Instant now = Now();
  times_[Index(part_)] += now - std::exchange(since_, now);
  part_ = to;
}

std::optional<std::array<TurnMeter::Spent, kTurnParts>> SampledTurns::End() {
  Switch(TurnPart::kSettle);
  const std::scoped_lock lock(mutex_);
  for (const power::RailEnergy& rail : account_.TakeCycle()) {
    if (rail.rail != rail_) continue;
    std::array<Spent, kTurnParts> spent{};
    for (std::size_t i = 0; i < kTurnParts; ++i) {
      if (!rail.phases[i]) return std::nullopt;
      spent[i] = {*rail.phases[i], times_[i]};
    }
    how_ = rail.how;
    return spent;
  }
  return std::nullopt;
}

}  // namespace torpor::cli
