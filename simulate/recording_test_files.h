// Recordings that a test makes for itself, each test in a folder of its own.
#pragma once

#include <gtest/gtest.h>
#include <sndfile.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/manifest.h"

namespace torpor::simulate {

// A folder that goes when the test ends.
class TestFolder {
 public:
  TestFolder() {
    std::string name = ::testing::TempDir() + "torpor-recording-XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  void Write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }

  [[nodiscard]] std::string Slurp(const std::string& name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

 private:
  std::filesystem::path path_;
};

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
inline Entry TrueEntry(const TestFolder& folder, const std::string& name,
                       const Audio& audio) {
  Entry entry;
  entry.id = "made";
  entry.file = folder.path() / name;
  entry.sample_rate_hz = audio.rate;
  entry.unit = "g";
  for (int channel = 0; channel < audio.channels; ++channel) {
    entry.channels.push_back(
        {.name = std::string(1, "xyzuvw"[channel % 6]), .full_scale = 8});
  }
  return entry;
}

}  // namespace torpor::simulate
