#include "simulate/recording.h"

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

struct Unit {
  std::string_view name;
  double g;
};
// Standard gravity is 9.80665 m/s^2 by definition (3rd CGPM, 1901).
constexpr std::array<Unit, 3> kUnits = {
    {{"g", 1.0}, {"mg", 0.001}, {"m/s^2", 1.0 / 9.80665}}};
constexpr double kUnitTolerance = 1e-3;

Attempt<double> GPerUnit(const Entry& entry) {
  const auto* const unit = std::ranges::find(kUnits, entry.unit, &Unit::name);
  if (unit == kUnits.end()) {
    return RefuseEntry(
        entry, Status::kRecordingUnit,
        "is in \"" + Printable(entry.unit) + "\", which is not g, mg or m/s^2",
        "g, mg or m/s^2", Printable(entry.unit));
  }
  const double said = entry.g_per_unit.value_or(unit->g);
  if (std::abs(said / unit->g - 1) > kUnitTolerance) {
    return RefuseEntry(entry, Status::kRecordingUnit,
                       "says " + Decimal(said) + " g per " + entry.unit + ", which is " +
                           Decimal(unit->g),
                       Decimal(unit->g), Decimal(said));
  }
  return said;
}

// What the file's own header and the manifest say of each other.
Status Compare(const Entry& entry, const SampleFile& file, Refusal& why) {
  if (const auto rate = file.rate_hz(); rate && *rate != entry.sample_rate_hz) {
    why = RefuseEntry(entry, Status::kRecordingRate,
                      "has " + Decimal(*rate) + " Hz in its file and " +
                          Decimal(entry.sample_rate_hz) + " Hz in the manifest",
                      Decimal(entry.sample_rate_hz) + " Hz", Decimal(*rate) + " Hz");
    return why.status;
  }
  if (file.channels() != entry.channels.size()) {
    why = RefuseEntry(
        entry, Status::kRecordingAxes,
        "has " + std::to_string(file.channels()) + " channels in its file and " +
            std::to_string(entry.channels.size()) + " in the manifest",
        std::to_string(entry.channels.size()), std::to_string(file.channels()));
    return why.status;
  }
  const std::uint64_t frames = file.frames();
  if (entry.frames && frames != *entry.frames) {
    const bool short_of = frames < *entry.frames;
    why = RefuseEntry(entry,
                      short_of ? Status::kRecordingTruncated : Status::kManifestMalformed,
                      "has " + std::to_string(frames) + " frames and the manifest says " +
                          std::to_string(*entry.frames),
                      std::to_string(*entry.frames), std::to_string(frames));
    return why.status;
  }
  if (entry.snapshots) {
    const std::uint64_t all =
        std::uint64_t{entry.snapshots->count} * entry.snapshots->frames;
    if (frames < all) {
      why = RefuseEntry(entry, Status::kRecordingTruncated,
                        "has " + std::to_string(frames) +
                            " frames and its snapshots need " + std::to_string(all),
                        std::to_string(all), std::to_string(frames));
      return why.status;
    }
  }
  return Status::kOk;
}

}  // namespace

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
    return RefuseEntry(entry, Status::kRecordingMissing,
                       "has no file " + Printable(path));
  }
  const std::uintmax_t bytes = std::filesystem::file_size(entry.file, error);
  if (entry.bytes && !error && bytes < *entry.bytes) {
    return RefuseEntry(entry, Status::kRecordingTruncated,
                       "has a file of " + std::to_string(bytes) +
                           " bytes, the manifest says " + std::to_string(*entry.bytes),
                       std::to_string(*entry.bytes) + " bytes",
                       std::to_string(bytes) + " bytes");
  }

  auto file = OpenSampleFile(entry);
  if (!file.ok()) return file.refusal();
  Refusal why;
  if (Compare(entry, **file, why) != Status::kOk) return why;

  Recording recording;
  recording.entry_ = entry;
  recording.file_ = *std::move(file);
  recording.frames_ = recording.file_->frames();
  for (const Channel& channel : entry.channels) {
    recording.g_per_sample_.push_back(channel.full_scale * *g_per_unit);
  }
  std::vector<float> last(entry.channels.size());
  if (recording.Read(recording.frames_ - 1, last) == Status::kRecordingTruncated) {
    return RefuseEntry(entry, Status::kRecordingTruncated,
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

  if (!file_->Read(first, out)) return Status::kRecordingTruncated;

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
