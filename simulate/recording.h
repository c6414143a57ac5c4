// One recording of a manifest, opened: its samples in g.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/status.h"
#include "simulate/manifest.h"
#include "simulate/refusal.h"
#include "simulate/sample_file.h"

namespace torpor::simulate {

// FLAC and WAV are decoded as they are read, so that opening is quick and memory does not
// grow with the file; reading onward costs decoding only, going back costs a search. CSV
// and MAT are read whole. One thread at a time.
class Recording {
 public:
  // Opens the file and holds it against its manifest entry, the last frame included.
  //   kRecordingMissing    there is no such file
  //   kRecordingNotAudio   not of its format, empty, or of unknown length
  //   kRecordingTruncated  shorter than its own header or the manifest says
  //   kRecordingRate       the file's rate is not the manifest's
  //   kRecordingAxes       the file's channels are not the manifest's
  //   kFileTooLarge        a CSV or MAT file that is too large to be read whole
  //   kRecordingUnit       not g, mg or m/s^2, or g_per_unit is not that unit's
  //   kManifestMalformed   the file is longer than the manifest says
  [[nodiscard]] static Attempt<Recording> Open(const Entry& entry);

  Recording(Recording&&) noexcept;
  Recording& operator=(Recording&&) noexcept;
  ~Recording();

  [[nodiscard]] const Entry& entry() const { return entry_; }
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  [[nodiscard]] std::uint32_t axes() const {
    return static_cast<std::uint32_t>(g_per_sample_.size());
  }

  // Fills `out` (interleaved, g) from frame `first` on. Values are the file's, whatever
  // they are: silence and clipping are for the detector to judge.
  //   kBatchShape          `out` is not a whole number of frames
  //   kRecordingTooShort   the recording ends before `out` is full
  //   kRecordingTruncated  the file cannot be decoded up to there
  //   kNotANumber          a value is not finite; `out` is filled all the same
  [[nodiscard]] Status Read(std::uint64_t first, std::span<float> out);

 private:
  Recording();

  Entry entry_;
  std::unique_ptr<SampleFile> file_;
  std::uint64_t frames_ = 0;
  std::vector<double> g_per_sample_;  // by channel, of a sample of 1.0
};

}  // namespace torpor::simulate
