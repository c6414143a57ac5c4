// Recordings that a test makes for itself.
#pragma once

#include <gtest/gtest.h>
#include <sndfile.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "simulate/manifest.h"

namespace torpor::simulate {

inline constexpr int kFlac24 = SF_FORMAT_FLAC | SF_FORMAT_PCM_24;
inline constexpr int kWav16 = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
inline constexpr int kWavFloat = SF_FORMAT_WAV | SF_FORMAT_FLOAT;

struct Audio {
  int rate = 1000;
  int channels = 2;
  int frames = 1000;
  int format = kFlac24;
  // The sample of a frame and channel, of full scale.
  std::function<double(int frame, int channel)> sample = [](int frame, int channel) {
    return (channel + 1) * ((frame % 1000) - 500) / 8192.0;
  };
};

inline void WriteAudio(const std::filesystem::path& path, const Audio& audio) {
  SF_INFO info{};
  info.samplerate = audio.rate;
  info.channels = audio.channels;
  info.format = audio.format;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  ASSERT_NE(file, nullptr) << sf_strerror(nullptr);
  sf_command(file, SFC_SET_CLIPPING, nullptr, SF_TRUE);
  std::vector<double> samples;
  for (int frame = 0; frame < audio.frames; ++frame) {
    for (int channel = 0; channel < audio.channels; ++channel) {
      samples.push_back(audio.sample(frame, channel));
    }
  }
  EXPECT_EQ(sf_writef_double(file, samples.data(), audio.frames), audio.frames);
  sf_close(file);
}

// The manifest entry that tells of such a file truly: 8 g full scale.
inline Entry TrueEntry(const std::filesystem::path& folder, const std::string& name,
                       const Audio& audio) {
  Entry entry;
  entry.id = "made";
  entry.file = folder / name;
  entry.sample_rate_hz = audio.rate;
  entry.unit = "g";
  for (int channel = 0; channel < audio.channels; ++channel) {
    entry.channels.push_back(
        {.name = std::string(1, "xyzuvw"[channel % 6]), .full_scale = 8});
  }
  return entry;
}

}  // namespace torpor::simulate
