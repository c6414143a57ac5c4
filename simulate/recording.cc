#include "simulate/recording.h"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace torpor::simulate {
namespace {

// libsndfile says "unknown" with the largest count there is.
constexpr sf_count_t kMaxFrames = sf_count_t{1} << 40U;

struct Unit {
  std::string_view name;
  double g;
};
// Standard gravity is 9.80665 m/s^2 by definition (3rd CGPM, 1901).
constexpr std::array<Unit, 3> kUnits = {
    {{"g", 1.0}, {"mg", 0.001}, {"m/s^2", 1.0 / 9.80665}}};
constexpr double kUnitTolerance = 1e-3;

struct CloseFile {
  void operator()(SNDFILE* file) const { sf_close(file); }
};

Refusal Refuse(const Entry& entry, Status status, const std::string& what,
               std::string ours = {}, std::string theirs = {}) {
  return {.status = status,
          .what = "recording " + entry.id + " " + what,
          .ours = std::move(ours),
          .theirs = std::move(theirs)};
}

Attempt<double> GPerUnit(const Entry& entry) {
  const auto* const unit = std::ranges::find(kUnits, entry.unit, &Unit::name);
  if (unit == kUnits.end()) {
    return Refuse(entry, Status::kRecordingUnit,
                  "is in \"" + Printable(entry.unit) + "\", which is not g, mg or m/s^2",
                  "g, mg or m/s^2", Printable(entry.unit));
  }
  const double said = entry.g_per_unit.value_or(unit->g);
  if (std::abs(said / unit->g - 1) > kUnitTolerance) {
    return Refuse(entry, Status::kRecordingUnit,
                  "says " + Decimal(said) + " g per " + entry.unit + ", which is " +
                      Decimal(unit->g),
                  Decimal(unit->g), Decimal(said));
  }
  return said;
}

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

// What the file's own header and the manifest say of each other.
Status Compare(const Entry& entry, const SF_INFO& info, Refusal& why) {
  if (info.samplerate != std::lround(entry.sample_rate_hz) ||
      entry.sample_rate_hz != std::round(entry.sample_rate_hz)) {
    why = Refuse(entry, Status::kRecordingRate,
                 "has " + std::to_string(info.samplerate) + " Hz in its file and " +
                     Decimal(entry.sample_rate_hz) + " Hz in the manifest",
                 Decimal(entry.sample_rate_hz) + " Hz",
                 std::to_string(info.samplerate) + " Hz");
    return why.status;
  }
  if (static_cast<std::size_t>(info.channels) != entry.channels.size()) {
    why = Refuse(entry, Status::kRecordingAxes,
                 "has " + std::to_string(info.channels) + " channels in its file and " +
                     std::to_string(entry.channels.size()) + " in the manifest",
                 std::to_string(entry.channels.size()), std::to_string(info.channels));
    return why.status;
  }
  const auto frames = static_cast<std::uint64_t>(info.frames);
  if (entry.frames && frames != *entry.frames) {
    const bool short_of = frames < *entry.frames;
    why =
        Refuse(entry, short_of ? Status::kRecordingTruncated : Status::kManifestMalformed,
               "has " + std::to_string(frames) + " frames and the manifest says " +
                   std::to_string(*entry.frames),
               std::to_string(*entry.frames), std::to_string(frames));
    return why.status;
  }
  if (entry.snapshots) {
    const std::uint64_t all =
        std::uint64_t{entry.snapshots->count} * entry.snapshots->frames;
    if (frames < all) {
      why = Refuse(entry, Status::kRecordingTruncated,
                   "has " + std::to_string(frames) + " frames and its snapshots need " +
                       std::to_string(all),
                   std::to_string(all), std::to_string(frames));
      return why.status;
    }
  }
  return Status::kOk;
}

}  // namespace

struct Recording::File {
  std::unique_ptr<SNDFILE, CloseFile> sound;
  std::uint64_t position = 0;  // the frame that is read next
};

Recording::Recording() = default;
Recording::Recording(Recording&&) noexcept = default;
Recording& Recording::operator=(Recording&&) noexcept = default;
Recording::~Recording() = default;

Attempt<Recording> Recording::Open(const Entry& entry) {
  const auto g_per_unit = GPerUnit(entry);
  if (!g_per_unit.ok()) return g_per_unit.refusal();

  std::error_code error;
  const std::string path = entry.file.string();
  if (!std::filesystem::is_regular_file(entry.file, error)) {
    return Refuse(entry, Status::kRecordingMissing, "has no file " + Printable(path));
  }
  const std::uintmax_t bytes = std::filesystem::file_size(entry.file, error);
  if (entry.bytes && !error && bytes < *entry.bytes) {
    return Refuse(entry, Status::kRecordingTruncated,
                  "has a file of " + std::to_string(bytes) +
                      " bytes, the manifest says " + std::to_string(*entry.bytes),
                  std::to_string(*entry.bytes) + " bytes",
                  std::to_string(bytes) + " bytes");
  }

  SF_INFO info{};
  Recording recording;
  recording.file_ = std::make_unique<File>();
  recording.file_->sound.reset(sf_open(path.c_str(), SFM_READ, &info));
  if (recording.file_->sound == nullptr) {
    return Refuse(entry, Status::kRecordingNotAudio,
                  "cannot be read: " + Printable(sf_strerror(nullptr)));
  }
  if (!IsFlacOrWav(info.format)) {
    return Refuse(entry, Status::kRecordingNotAudio, "is neither FLAC nor WAV");
  }
  if (info.frames <= 0 || info.frames > kMaxFrames || info.seekable == 0) {
    return Refuse(entry, Status::kRecordingNotAudio, "is empty or of unknown length");
  }
  Refusal why;
  if (Compare(entry, info, why) != Status::kOk) return why;

  recording.entry_ = entry;
  recording.frames_ = static_cast<std::uint64_t>(info.frames);
  for (const Channel& channel : entry.channels) {
    recording.g_per_sample_.push_back(channel.full_scale * *g_per_unit);
  }
  std::vector<float> last(entry.channels.size());
  if (recording.Read(recording.frames_ - 1, last) == Status::kRecordingTruncated) {
    return Refuse(entry, Status::kRecordingTruncated,
                  "cannot be decoded up to its last frame, " +
                      std::to_string(recording.frames_ - 1));
  }
  return recording;
}

Status Recording::Read(std::uint64_t first, std::span<float> out) {
  if (out.size() % axes() != 0) return Status::kBatchShape;
  const std::uint64_t count = out.size() / axes();
  if (first > frames_ || count > frames_ - first) return Status::kRecordingTooShort;
  if (count == 0) return Status::kOk;

  if (file_->position != first) {
    const auto wanted = static_cast<sf_count_t>(first);
    if (sf_seek(file_->sound.get(), wanted, SEEK_SET) != wanted) {
      file_->position = frames_ + 1;  // nowhere: the next read searches again
      return Status::kRecordingTruncated;
    }
  }
  const auto wanted = static_cast<sf_count_t>(count);
  const sf_count_t got = sf_readf_float(file_->sound.get(), out.data(), wanted);
  if (got != wanted || sf_error(file_->sound.get()) != SF_ERR_NO_ERROR) {
    file_->position = frames_ + 1;
    return Status::kRecordingTruncated;
  }
  file_->position = first + count;

  bool finite = true;
  for (std::size_t i = 0; i < out.size();) {
    for (const double scale : g_per_sample_) {
      out[i] = static_cast<float>(static_cast<double>(out[i]) * scale);
      finite = finite && std::isfinite(out[i]);
      ++i;
    }
  }
  return finite ? Status::kOk : Status::kNotANumber;
}

}  // namespace torpor::simulate
