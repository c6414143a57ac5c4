#include "power/energy_account.h"

#include <algorithm>
#include <utility>

namespace torpor::power {
namespace {

// uW x us in uJ. In two parts, so that no product of a plausible power overflows.
std::int64_t EnergyOf(std::int64_t microwatts, Microseconds time) {
  constexpr std::int64_t kMillion = 1'000'000;
  return microwatts * (time.count() / kMillion) +
         microwatts * (time.count() % kMillion) / kMillion;
}

constexpr const char* kStopped = "it stopped answering";
constexpr const char* kWrapped = "the counter may have begun anew more than once";
constexpr const char* kBeganAnew = "the counter began anew";
constexpr const char* kSuspendedToo = "the meter was suspended with the machine";
constexpr const char* kWakingDominates =
    "the reading at waking is of the waking: the sleep cost at most this";

}  // namespace

std::optional<Microjoules> RailEnergy::total() const {
  Microjoules sum{};
  for (const auto& phase : phases) {
    if (!phase) return std::nullopt;
    sum += *phase;
  }
  return sum;
}

EnergyAccount::EnergyAccount(std::vector<Rail> rails) {
  for (Rail& rail : rails) {
    books_.emplace_back();
    books_.back().rail = std::move(rail);
  }
}

void EnergyAccount::Begin(Instant now, std::span<const Reading> readings) {
  last_ = now;
  for (std::size_t i = 0; i < books_.size(); ++i) {
    Book begun;
    begun.rail = std::move(books_[i].rail);
    begun.last = readings[i];
    begun.lost = !begun.last;
    if (begun.lost) begun.why = kStopped;
    books_[i] = std::move(begun);
  }
}

void EnergyAccount::Border(std::size_t phase, Instant now,
                           std::span<const Reading> readings, Passed passed,
                           Microseconds awake_for) {
  // A clock that goes nowhere, or back, leaves nothing to integrate over.
  const Interval interval{phase, std::max(now - last_, Microseconds{0}), passed,
                          awake_for};
  last_ = now;
  for (std::size_t i = 0; i < books_.size(); ++i) Add(books_[i], interval, readings[i]);
}

void EnergyAccount::Add(Book& book, const Interval& interval, Reading reading) {
  std::optional<std::int64_t> energy;
  if (!book.lost && book.last) {
    if (!reading) {
      book.told = book.lost = true;
      book.why = kStopped;
    } else if (interval.passed == Passed::kSuspended) {
      book.why = kSuspendedToo;
    } else if (book.rail.tells == Rail::Tells::kPower) {
      energy = Sampled(book, interval, *reading);
    } else {
      energy = Counted(book, interval, *reading);
      if (!energy) {
        const bool too_long =
            book.rail.range.value > 0 &&
            EnergyOf(kMostWatts * 1'000'000, interval.took) >= book.rail.range.value;
        book.why = too_long ? kWrapped : kBeganAnew;
      }
    }
  }
  if (energy) {
    book.spent[interval.phase] += *energy;
  } else {
    book.missing[interval.phase] = true;
  }
  book.last = reading;
}

std::optional<std::int64_t> EnergyAccount::Counted(const Book& book,
                                                   const Interval& interval,
                                                   std::int64_t reading) {
  const std::int64_t most = EnergyOf(kMostWatts * 1'000'000, interval.took);
  const std::int64_t range = book.rail.range.value;
  if (range > 0 && most >= range) return std::nullopt;
  std::int64_t gained = reading - *book.last;
  if (gained < 0) gained += range;
  if (gained < 0 || gained > most + kSlack.value) return std::nullopt;
  return gained;
}

std::optional<std::int64_t> EnergyAccount::Sampled(Book& book, const Interval& interval,
                                                   std::int64_t reading) {
  const std::int64_t before = *book.last;
  if (interval.passed == Passed::kAwake) {
    return EnergyOf(before + (reading - before) / 2, interval.took);
  }
  // The reading before sleep is of a machine awake; the one at waking is a mean over the
  // window that ended last. As long as at least half of it lies before the waking, it
  // speaks of the sleep.
  if (interval.awake_for <= book.rail.window / 2) {
    return EnergyOf(reading, interval.took);
  }
  book.at_most = true;
  book.why = kWakingDominates;
  return EnergyOf(before, interval.took);
}

std::vector<RailEnergy> EnergyAccount::TakeCycle() {
  std::vector<RailEnergy> cycle;
  for (Book& book : books_) {
    RailEnergy& energy = cycle.emplace_back();
    energy.rail = book.rail.name;
    energy.whole_machine = book.rail.whole_machine;
    bool any = false;
    for (std::size_t i = 0; i < kPhases; ++i) {
      if (book.missing[i]) continue;
      // Nothing is known of phases that a lost rail was not asked about.
      if (book.lost && book.spent[i] == 0) continue;
      energy.phases[i] = Microjoules{book.spent[i]};
      any = true;
    }
    if (any) {
      energy.how = book.at_most                              ? Metered::kAtMost
                   : book.rail.tells == Rail::Tells::kEnergy ? Metered::kCounted
                                                             : Metered::kSampled;
    }
    energy.why = book.rail.unmetered.empty() ? book.why : book.rail.unmetered;

    Book next;
    next.rail = std::move(book.rail);
    next.last = book.last;
    // Who answers at a cycle's start is metered again.
    next.lost = !next.last;
    if (next.lost) next.why = kStopped;
    book = std::move(next);
  }
  return cycle;
}

std::vector<std::string> EnergyAccount::lost() const {
  std::vector<std::string> names;
  for (const Book& book : books_) {
    if (book.told) names.push_back(book.rail.name);
  }
  return names;
}

const RailEnergy* WholeMachine(std::span<const RailEnergy> rails) {
  for (const RailEnergy& rail : rails) {
    if (rail.whole_machine && rail.how != Metered::kAtMost && rail.total()) return &rail;
  }
  return nullptr;
}

}  // namespace torpor::power
