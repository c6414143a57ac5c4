#include "signal/survey.h"

#include <algorithm>
#include <utility>

namespace torpor::signal {
namespace {

// Frames whose samples are handled together. Lane j holds samples of axis j % axes.
constexpr std::size_t kFrames = 8;
// Groups of frames after which sums are put where they fit: 2^13 of 2^16 fit 32 bits, and
// counts of one each fit 16.
constexpr std::size_t kGroups = 8192;

// Calls `sweep` with each run of groups and `fold` behind it, then `tail` with each frame
// that is left. Works upon samples from `from` on.
template <std::size_t Axes, class Sweep, class Tail>
void Run(std::span<const std::int16_t> samples, Sweep sweep, Tail tail) {
  constexpr std::size_t kLanes = Axes * kFrames;
  while (samples.size() >= kLanes) {
    const std::size_t groups = std::min(kGroups, samples.size() / kLanes);
    sweep(samples.data(), groups);
    samples = samples.subspan(groups * kLanes);
  }
  for (; !samples.empty(); samples = samples.subspan(Axes)) tail(samples.data());
}

void Add(AxisSurvey& axis, std::int16_t x, std::int16_t first) {
  axis.least = std::min(axis.least, x);
  axis.most = std::max(axis.most, x);
  axis.differences = static_cast<std::uint16_t>(axis.differences | (x ^ first));
  axis.sum += x;
  axis.sum_of_squares += std::int64_t{x} * x;
}

template <std::size_t Axes>
Survey SurveyOf(std::span<const std::int16_t> samples) {
  constexpr std::size_t kLanes = Axes * kFrames;
  const std::int16_t* const first = samples.data();
  Survey found;
  std::array<std::int16_t, kLanes> least, most, start;  // NOLINT(*-member-init)
  for (std::size_t j = 0; j < kLanes; ++j) start[j] = first[j % Axes];
  least = most = start;
  std::array<std::uint16_t, kLanes> differences{};
  for (std::size_t a = 0; a < Axes; ++a) {
    found[a].least = found[a].most = first[a];
    Add(found[a], first[a], first[a]);
  }
  // From the second frame on: each has one before it.
  Run<Axes>(
      samples.subspan(Axes),
      [&](const std::int16_t* x, std::size_t groups) {
        // Of its own, so that none of them can be a sample.
        auto lowest = least, highest = most;
        auto differ = differences;
        const auto from = start;
        std::array<std::uint16_t, kLanes> pairs{};
        std::array<std::int32_t, kLanes> sum{};
        // The lower and the upper 16 bits of each square.
        std::array<std::uint32_t, kLanes> low{}, high{};
        for (std::size_t g = 0; g < groups; ++g, x += kLanes) {
          for (std::size_t j = 0; j < kLanes; ++j) {
            // By value: GCC vectorises no choice between references.
            const std::int16_t now = x[j], low_yet = lowest[j], high_yet = highest[j];
            lowest[j] = now < low_yet ? now : low_yet;
            highest[j] = now > high_yet ? now : high_yet;
            differ[j] = static_cast<std::uint16_t>(differ[j] | (now ^ from[j]));
          }
          const std::int16_t* const before = x - Axes;
          for (std::size_t j = 0; j < kLanes; ++j) {
            pairs[j] = static_cast<std::uint16_t>(pairs[j] + (x[j] == before[j] ? 1 : 0));
          }
          for (std::size_t j = 0; j < kLanes; ++j) {
            sum[j] += x[j];
            const auto square = static_cast<std::uint32_t>(std::int32_t{x[j]} * x[j]);
            low[j] += square & 0xFFFFU;
            high[j] += square >> 16;
          }
        }
        least = lowest;
        most = highest;
        differences = differ;
        for (std::size_t j = 0; j < kLanes; ++j) {
          AxisSurvey& axis = found[j % Axes];
          axis.pairs += pairs[j];
          axis.sum += sum[j];
          axis.sum_of_squares += (std::int64_t{high[j]} << 16) + low[j];
        }
      },
      [&](const std::int16_t* x) {
        for (std::size_t a = 0; a < Axes; ++a) {
          Add(found[a], x[a], first[a]);
          found[a].pairs += x[a] == x[static_cast<std::ptrdiff_t>(a) -
                                      static_cast<std::ptrdiff_t>(Axes)]
                                ? 1U
                                : 0U;
        }
      });
  for (std::size_t j = 0; j < kLanes; ++j) {
    AxisSurvey& axis = found[j % Axes];
    axis.least = std::min(axis.least, least[j]);
    axis.most = std::max(axis.most, most[j]);
    axis.differences = static_cast<std::uint16_t>(axis.differences | differences[j]);
  }
  return found;
}

// No sample is beyond the extreme, so the distance fits.
std::uint16_t Above(std::int16_t x, std::int16_t least) {
  return static_cast<std::uint16_t>(x - least);
}

void Count(EndCounts& counts, std::uint16_t away, Tops tops) {
  counts.in_top += away <= tops.top ? 1U : 0U;
  counts.in_strip += away <= tops.strip ? 1U : 0U;
}

// One end, of all lanes.
template <std::size_t Lanes>
struct Near {
  std::array<std::uint16_t, Lanes> top, strip;  // NOLINT(*-member-init): by the maker
  std::array<std::uint16_t, Lanes> in_top{}, in_strip{};

  void Look(const std::array<std::uint16_t, Lanes>& away) {
    for (std::size_t j = 0; j < Lanes; ++j) {
      in_top[j] = static_cast<std::uint16_t>(in_top[j] + (away[j] <= top[j] ? 1 : 0));
      in_strip[j] =
          static_cast<std::uint16_t>(in_strip[j] + (away[j] <= strip[j] ? 1 : 0));
    }
  }
  void Give(std::size_t lane, EndCounts& counts) {
    counts.in_top += std::exchange(in_top[lane], 0);
    counts.in_strip += std::exchange(in_strip[lane], 0);
  }
};

template <std::size_t Axes>
void CountOf(std::span<const std::int16_t> samples, Ends& ends) {
  constexpr std::size_t kLanes = Axes * kFrames;
  std::array<std::int16_t, kLanes> least, most;  // NOLINT(*-member-init)
  Near<kLanes> low, high;
  for (std::size_t j = 0; j < kLanes; ++j) {
    const AxisEnds& axis = ends[j % Axes];
    least[j] = axis.least;
    most[j] = axis.most;
    low.top[j] = axis.low.top;
    low.strip[j] = axis.low.strip;
    high.top[j] = axis.high.top;
    high.strip[j] = axis.high.strip;
  }
  Run<Axes>(
      samples,
      [&](const std::int16_t* x, std::size_t groups) {
        std::array<std::uint16_t, kLanes> above, below;  // NOLINT(*-member-init)
        for (std::size_t g = 0; g < groups; ++g, x += kLanes) {
          for (std::size_t j = 0; j < kLanes; ++j) {
            above[j] = Above(x[j], least[j]);
            below[j] = Above(most[j], x[j]);
          }
          low.Look(above);
          high.Look(below);
        }
        for (std::size_t j = 0; j < kLanes; ++j) {
          low.Give(j, ends[j % Axes].at_least);
          high.Give(j, ends[j % Axes].at_most);
        }
      },
      [&](const std::int16_t* x) {
        for (std::size_t a = 0; a < Axes; ++a) {
          AxisEnds& axis = ends[a];
          Count(axis.at_least, Above(x[a], axis.least), axis.low);
          Count(axis.at_most, Above(axis.most, x[a]), axis.high);
        }
      });
}

}  // namespace

Survey SurveyAxes(std::span<const std::int16_t> samples, std::size_t axes) {
  switch (axes) {
    case 1:
      return SurveyOf<1>(samples);
    case 2:
      return SurveyOf<2>(samples);
    case 3:
      return SurveyOf<3>(samples);
    case 4:
      return SurveyOf<4>(samples);
    case 5:
      return SurveyOf<5>(samples);
    default:
      return SurveyOf<6>(samples);
  }
}

void CountAtEnds(std::span<const std::int16_t> samples, std::size_t axes, Ends& ends) {
  switch (axes) {
    case 1:
      return CountOf<1>(samples, ends);
    case 2:
      return CountOf<2>(samples, ends);
    case 3:
      return CountOf<3>(samples, ends);
    case 4:
      return CountOf<4>(samples, ends);
    case 5:
      return CountOf<5>(samples, ends);
    default:
      return CountOf<6>(samples, ends);
  }
}

}  // namespace torpor::signal
