// A file of samples, whatever its format: channels side by side, numbers as they are in
// it. Recording holds it against its manifest and makes g of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/status.h"
#include "simulate/manifest.h"
#include "simulate/refusal.h"

namespace torpor::simulate {

class SampleFile {
 public:
  virtual ~SampleFile() = default;

  [[nodiscard]] virtual std::uint64_t frames() const = 0;  // above 0
  [[nodiscard]] virtual std::uint32_t channels() const = 0;
  // What the file itself says; nothing where its format has no place for it.
  [[nodiscard]] virtual std::optional<double> rate_hz() const = 0;

  // Frames from `first` on, interleaved; they are within the file. False when they cannot
  // be decoded.
  [[nodiscard]] virtual bool Read(std::uint64_t first, std::span<float> out) = 0;
};

using OpenedFile = Attempt<std::unique_ptr<SampleFile>>;

// By the end of the file's name: .csv and .txt are text, .mat is MATLAB's, anything else
// must be FLAC or WAV. All of them:
//   kRecordingNotAudio   not of the format, empty, or of unknown length
//   kRecordingTruncated  the file ends within what it announces
// and of CSV and MAT, which are read whole:
//   kFileTooLarge        more than kMaxWholeFileBytes
[[nodiscard]] OpenedFile OpenSampleFile(const Entry& entry);

inline constexpr std::uint64_t kMaxWholeFileBytes = 1ULL << 30U;

// Each format by itself; OpenSampleFile chooses.
[[nodiscard]] OpenedFile OpenAudioFile(const Entry& entry);
// Numbers in columns, one for each channel, split by commas, semicolons or tabs; the
// first line may name them. A first column named t, t_s or time is seconds and no
// channel.
//   kRecordingAxes  the first line of numbers has another number of columns
[[nodiscard]] OpenedFile OpenCsvFile(const Entry& entry);
// The variable of the entry, frames by channels or the other way round; or a variable of
// each channel, vectors of one length. Real numbers of any width; version 5 to 7.3.
//   kRecordingAxes  a variable has another shape
[[nodiscard]] OpenedFile OpenMatFile(const Entry& entry);

// "recording ID WHAT".
[[nodiscard]] Refusal RefuseEntry(const Entry& entry, Status status,
                                  const std::string& what, std::string ours = {},
                                  std::string theirs = {});

// For formats that are read whole.
class WholeFile final : public SampleFile {
 public:
  WholeFile(std::uint32_t channels, std::optional<double> rate_hz,
            std::vector<float> samples)
      : channels_(channels), rate_hz_(rate_hz), samples_(std::move(samples)) {}

  [[nodiscard]] std::uint64_t frames() const override {
    return samples_.size() / channels_;
  }
  [[nodiscard]] std::uint32_t channels() const override { return channels_; }
  [[nodiscard]] std::optional<double> rate_hz() const override { return rate_hz_; }
  [[nodiscard]] bool Read(std::uint64_t first, std::span<float> out) override;

 private:
  std::uint32_t channels_;
  std::optional<double> rate_hz_;
  std::vector<float> samples_;  // interleaved
};

}  // namespace torpor::simulate
