// The check of the sensor over every window of every recording: sound ones pass, whatever
// the bearing does, and the same windows with a broken sensor do not.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "signal/health.h"
#include "simulate/manifest.h"
#include "simulate/quantiser.h"
#include "simulate/recording.h"

namespace torpor::signal {
namespace {

using Samples = std::vector<std::int16_t>;

// How the window of a data set is measured here: its full scale holds all but the few
// samples that its own sensors clip.
Shape ShapeOf(const simulate::Entry& entry, std::uint32_t axes) {
  Shape shape;
  shape.axes = axes;
  shape.sample_rate_millihertz =
      static_cast<std::uint32_t>(std::lround(1000 * entry.sample_rate_hz));
  const bool robot = entry.dataset == "borealtc";
  shape.full_scale_milli_g = robot ? 4'000 : 64'000;
  shape.frames = entry.snapshots ? entry.snapshots->frames
                                 : static_cast<std::uint32_t>(std::lround(
                                       entry.sample_rate_hz * (robot ? 5 : 0.1)));
  return shape;
}

Status Check(const Samples& samples, const Shape& shape) {
  Levels levels;
  return CheckSensor(samples, shape, levels);
}

// Cut off where one sample in 40 lies beyond.
Samples Saturated(Samples samples, const Shape& shape, std::size_t axis) {
  Samples sorted;
  for (std::size_t i = axis; i < samples.size(); i += shape.axes) {
    sorted.push_back(samples[i]);
  }
  std::ranges::sort(sorted);
  const std::int16_t limit = sorted[sorted.size() - sorted.size() / 40];
  for (std::size_t i = axis; i < samples.size(); i += shape.axes) {
    samples[i] = std::min(samples[i], limit);
  }
  return samples;
}

// Holds one value from before the middle on.
Samples Frozen(Samples samples, const Shape& shape, std::size_t axis) {
  const std::size_t from = shape.frames * 2 / 5;
  for (std::size_t f = from; f < shape.frames; ++f) {
    samples[f * shape.axes + axis] = samples[from * shape.axes + axis];
  }
  return samples;
}

struct Count {
  std::size_t windows = 0;
  std::size_t refused = 0;
  std::size_t broken = 0;  // axes broken on purpose, in each of the ways
  std::size_t saturated_named = 0;
  std::size_t frozen_named = 0;
};

void CheckRecording(const simulate::Entry& entry, std::uint32_t bits, Count& count) {
  auto opened = simulate::Recording::Open(entry);
  ASSERT_TRUE(opened.ok()) << opened.refusal().what;
  simulate::Recording& recording = *opened;
  const Shape shape = ShapeOf(entry, recording.axes());
  contract::Sensor sensor;
  sensor.bits = bits;
  sensor.full_scale_milli_g = shape.full_scale_milli_g;
  const simulate::Quantiser quantise(sensor);
  std::vector<float> g(shape.samples());
  Samples samples(g.size());
  for (std::uint64_t at = 0; at + shape.frames <= recording.frames();
       at += shape.frames) {
    ASSERT_EQ(recording.Read(at, g), Status::kOk);
    std::ranges::transform(g, samples.begin(), quantise);
    ++count.windows;
    const Status status = Check(samples, shape);
    if (status != Status::kOk) {
      ++count.refused;
      std::printf("%s, window %u: %u\n", entry.id.c_str(),
                  static_cast<unsigned>(at / shape.frames),
                  static_cast<unsigned>(status));
    }
    for (std::size_t axis = 0; axis < shape.axes; ++axis) {
      ++count.broken;
      count.saturated_named +=
          Check(Saturated(samples, shape, axis), shape) == Status::kSensorClipped;
      count.frozen_named +=
          Check(Frozen(samples, shape, axis), shape) == Status::kSensorDead;
    }
  }
}

// 16 bits as the contracts say, and 12, at which some axes move by a few codes only.
TEST(HealthOfRecordings, NamesBrokenSensorsAndNoOther) {
  const char* folder = std::getenv("TORPOR_DATA");
  if (folder == nullptr) {
    std::fputs("NOT RUN: TORPOR_DATA is unset, so no recordings\n", stderr);
    return;
  }
  const auto manifest = simulate::ReadManifest(folder);
  ASSERT_TRUE(manifest.ok()) << manifest.refusal().what;
  for (const std::uint32_t bits : {16U, 12U}) {
    Count count;
    for (const simulate::Entry& entry : manifest->entries) {
      CheckRecording(entry, bits, count);
    }
    std::printf(
        "%u bits: %zu windows, %zu refused; of %zu axes, saturated %zu named, frozen "
        "%zu\n",
        bits, count.windows, count.refused, count.broken, count.saturated_named,
        count.frozen_named);
    EXPECT_GT(count.windows, 10'000U);
    EXPECT_EQ(count.refused, 0U);
    EXPECT_EQ(count.frozen_named, count.broken);
    // At 12 bits of 64 g most axes are too quiet for a flat top to show.
    if (bits == 16) {
      EXPECT_GT(count.saturated_named, count.broken * 95 / 100);
    }
  }
}

}  // namespace
}  // namespace torpor::signal
