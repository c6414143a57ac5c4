#include <sndfile.h>

#include <utility>

#include "simulate/sample_file.h"

namespace torpor::simulate {
namespace {

// libsndfile says "unknown" with the largest count there is.
constexpr sf_count_t kMaxFrames = sf_count_t{1} << 40U;

struct CloseFile {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using Sound = std::unique_ptr<SNDFILE, CloseFile>;

bool IsFlacOrWav(int format) {
  switch (format & SF_FORMAT_TYPEMASK) {
    case SF_FORMAT_FLAC:
    case SF_FORMAT_WAV:
    case SF_FORMAT_WAVEX:
    case SF_FORMAT_RF64:
      return true;
    default:
      return false;
  }
}

// Decodes as it is read: memory does not grow with the file.
class AudioFile final : public SampleFile {
 public:
  AudioFile(Sound sound, const SF_INFO& info) : sound_(std::move(sound)), info_(info) {}

  std::uint64_t frames() const override {
    return static_cast<std::uint64_t>(info_.frames);
  }
  std::uint32_t channels() const override {
    return static_cast<std::uint32_t>(info_.channels);
  }
  std::optional<double> rate_hz() const override { return info_.samplerate; }

  bool Read(std::uint64_t first, std::span<float> out) override {
    if (position_ != first) {
      const auto wanted = static_cast<sf_count_t>(first);
      position_ = frames() + 1;  // nowhere, unless all goes well
      if (sf_seek(sound_.get(), wanted, SEEK_SET) != wanted) return false;
    }
    const auto wanted = static_cast<sf_count_t>(out.size() / channels());
    const sf_count_t got = sf_readf_float(sound_.get(), out.data(), wanted);
    const bool whole = got == wanted && sf_error(sound_.get()) == SF_ERR_NO_ERROR;
    position_ = whole ? first + static_cast<std::uint64_t>(got) : frames() + 1;
    return whole;
  }

 private:
  Sound sound_;
  SF_INFO info_;
  std::uint64_t position_ = 0;  // the frame that is read next
};

}  // namespace

OpenedFile OpenAudioFile(const Entry& entry) {
  SF_INFO info{};
  Sound sound(sf_open(entry.file.string().c_str(), SFM_READ, &info));
  if (sound == nullptr) {
    return RefuseEntry(entry, Status::kRecordingNotAudio,
                       "cannot be read: " + Printable(sf_strerror(nullptr)));
  }
  if (!IsFlacOrWav(info.format)) {
    return RefuseEntry(entry, Status::kRecordingNotAudio, "is neither FLAC nor WAV");
  }
  if (info.frames <= 0 || info.frames > kMaxFrames || info.seekable == 0) {
    return RefuseEntry(entry, Status::kRecordingNotAudio,
                       "is empty or of unknown length");
  }
  return std::unique_ptr<SampleFile>(std::make_unique<AudioFile>(std::move(sound), info));
}

}  // namespace torpor::simulate
