#include "detect/evaluation/spans.h"

#include <algorithm>

namespace torpor::detect::evaluation {
namespace {

// In hundredths, exactly: 0.35 is not a number of a double.
std::size_t Share(std::size_t minutes, std::size_t percent) {
  return minutes * percent / 100;
}

}  // namespace

Spans Spans::Of(std::size_t minutes, const Commissioned& how) {
  Spans spans;
  spans.own = {Share(minutes, 2), Share(minutes, 20)};
  spans.taught = {Share(minutes, 2), Share(minutes, 35)};
  spans.healthy = {Share(minutes, 20), Share(minutes, 35)};
  if (!how.by_share) {
    spans.own = {how.minutes / 4, how.minutes};
    spans.taught.first = how.minutes / 4;
    spans.healthy.first = std::max(how.minutes, spans.healthy.first);
  }
  spans.middle = {Share(minutes, 40), Share(minutes, 55)};
  constexpr std::size_t kShortestEnd = 5;
  const std::size_t end = std::max(kShortestEnd, Share(minutes, 5));
  spans.end = {minutes - std::min(end, minutes), minutes};
  return spans;
}

bool Spans::Usable() const {
  return own.first + kFewestOwn <= own.end && own.end <= healthy.first &&
         taught.first < taught.end && healthy.first < healthy.end &&
         middle.first < middle.end && healthy.end <= end.first;
}

}  // namespace torpor::detect::evaluation
