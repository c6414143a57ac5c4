#include "simulate/manifest.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <limits>
#include <set>
#include <utility>

#include "core/json_hosted.h"

namespace torpor::simulate {
namespace {

using nlohmann::json;

// Bounds beyond which a number is a mistake; they also keep every product in 64 bits.
constexpr double kMaxRateHz = 10e6;
constexpr double kMaxIntervalSeconds = 100e3;
constexpr std::uint64_t kMaxSnapshots = 10'000'000;
constexpr std::uint64_t kMaxFrames = 1ULL << 40U;
constexpr std::size_t kMaxChannels = 64;
constexpr std::size_t kMaxIdLength = 64;

constexpr std::array<std::pair<std::string_view, Condition>, 5> kConditions = {{
    {"healthy", Condition::kHealthy},
    {"inner_race", Condition::kInnerRace},
    {"outer_race", Condition::kOuterRace},
    {"ball", Condition::kBall},
    {"run_to_failure", Condition::kRunToFailure},
}};

Refusal Malformed(std::string what) {
  return {.status = Status::kManifestMalformed,
          .what = "manifest: " + std::move(what),
          .ours = {},
          .theirs = {}};
}

// The fields of one JSON object. The first trouble is kept, later ones are not looked at;
// a null is an absent field.
class Fields {
 public:
  Fields(const json& object, std::string where)
      : object_(object), where_(std::move(where)) {
    if (!object_.is_object()) trouble_ = where_ + " is not an object";
  }

  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  [[nodiscard]] bool ok() const { return trouble_.empty(); }

  void Complain(const char* key, const std::string& what) {
    if (ok()) trouble_ = where_ + ", field " + key + ": " + what;
  }

  std::string Text(const char* key) {
    const json* field = Need(key);
    if (field == nullptr) return {};
    if (field->is_string()) return field->get<std::string>();
    Complain(key, "is not text");
    return {};
  }

  std::string TextOr(const char* key, std::string otherwise) {
    return Have(key) == nullptr ? std::move(otherwise) : Text(key);
  }

  // Above 0 and at most `most`; a NaN or an infinity is neither.
  double Positive(const char* key, double most) {
    const json* field = Need(key);
    if (field == nullptr) return 0;
    const double value = field->is_number() ? field->get<double>() : 0;
    if (value > 0 && value <= most) return value;
    Complain(key, "is not a number above 0 and at most " + Decimal(most));
    return 0;
  }

  // A whole number from `least` to `most`.
  std::uint64_t Whole(const char* key, std::uint64_t least, std::uint64_t most) {
    const json* field = Need(key);
    if (field == nullptr) return 0;
    if (field->is_number_unsigned()) {
      const auto value = field->get<std::uint64_t>();
      if (value >= least && value <= most) return value;
    }
    Complain(key, "is not a whole number from " + std::to_string(least) + " to " +
                      std::to_string(most));
    return 0;
  }

  [[nodiscard]] const json* Have(const char* key) const {
    if (!ok()) return nullptr;
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  const json* Need(const char* key) {
    const json* field = Have(key);
    if (field == nullptr) Complain(key, "is missing");
    return field;
  }

 private:
  const json& object_;
  std::string where_;
  std::string trouble_;
};

bool IsGoodId(std::string_view id) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '_' || c == '-';
  };
  return !id.empty() && id.size() <= kMaxIdLength && std::ranges::all_of(id, good);
}

bool StaysInside(const std::filesystem::path& file) {
  return !file.empty() && file.is_relative() &&
         std::ranges::none_of(file, [](const auto& part) { return part == ".."; });
}

void ReadChannels(Fields& fields, const std::string& where, Entry& entry) {
  const json* list = fields.Need("channels");
  if (list == nullptr) return;
  if (!list->is_array() || list->empty() || list->size() > kMaxChannels) {
    fields.Complain("channels", "is not a list of 1 to " + std::to_string(kMaxChannels));
    return;
  }
  for (const json& one : *list) {
    Fields channel(one, where + ", channel " + std::to_string(entry.channels.size()));
    std::string name = channel.Text("name");
    const double full_scale =
        channel.Positive("full_scale", std::numeric_limits<float>::max());
    std::string variable = channel.TextOr("variable", "");
    if (!channel.ok()) return fields.Complain("channels", channel.trouble());
    entry.channels.push_back({.name = std::move(name),
                              .full_scale = full_scale,
                              .variable = std::move(variable)});
  }
}

void ReadSnapshots(Fields& fields, Entry& entry) {
  if (fields.Have("snapshots") == nullptr && fields.Have("snapshot_frames") == nullptr &&
      fields.Have("snapshot_interval_s") == nullptr) {
    return;
  }
  Snapshots snapshots;
  snapshots.count =
      static_cast<std::uint32_t>(fields.Whole("snapshots", 1, kMaxSnapshots));
  snapshots.frames = static_cast<std::uint32_t>(
      fields.Whole("snapshot_frames", 1, std::numeric_limits<std::uint32_t>::max()));
  const double interval = fields.Positive("snapshot_interval_s", kMaxIntervalSeconds);
  snapshots.interval = Microseconds(std::llround(interval * 1e6));
  if (!fields.ok()) return;
  if (static_cast<double>(snapshots.frames) > interval * entry.sample_rate_hz) {
    fields.Complain("snapshot_interval_s",
                    "is shorter than the snapshot itself: " + Decimal(interval) +
                        " s for " + std::to_string(snapshots.frames) + " frames");
  }
  const std::uint64_t all = std::uint64_t{snapshots.count} * snapshots.frames;
  if (entry.frames && *entry.frames < all) {
    fields.Complain("snapshots", "need " + std::to_string(all) +
                                     " frames and the file has " +
                                     std::to_string(*entry.frames));
  }
  entry.snapshots = snapshots;
}

// Puts the entry together; what is wrong with it stays in `fields`.
Entry ReadEntry(Fields& fields, const std::string& where,
                const std::filesystem::path& folder) {
  Entry entry;
  entry.id = fields.Text("id");
  if (!IsGoodId(entry.id)) {
    fields.Complain("id", "may have 1 to 64 letters, digits, dots, hyphens, underscores");
  }
  const std::filesystem::path file = fields.Text("file");
  if (!StaysInside(file) || file.native().find('\0') != std::string::npos) {
    fields.Complain("file", "is not a name inside the data folder");
  }
  entry.file = folder / file;
  entry.variable = fields.TextOr("variable", "");
  entry.dataset = fields.TextOr("dataset", "");
  entry.machine = fields.TextOr("machine", "");
  entry.bearing = fields.TextOr("bearing", "");
  entry.terrain = fields.TextOr("terrain", "");
  entry.licence = fields.TextOr("licence", "");
  entry.unit = fields.Text("unit");
  entry.sample_rate_hz = fields.Positive("sample_rate_hz", kMaxRateHz);
  if (fields.Have("g_per_unit") != nullptr) {
    entry.g_per_unit = fields.Positive("g_per_unit", std::numeric_limits<float>::max());
  }
  if (fields.Have("frames") != nullptr) {
    entry.frames = fields.Whole("frames", 1, kMaxFrames);
  }
  if (fields.Have("bytes") != nullptr) {
    entry.bytes = fields.Whole("bytes", 1, std::numeric_limits<std::uint64_t>::max());
  }
  if (fields.Have("rpm") != nullptr) entry.rpm = fields.Positive("rpm", 1e6);
  if (fields.Have("condition") != nullptr) {
    const std::string word = fields.Text("condition");
    const auto* const known =
        std::ranges::find(kConditions, std::string_view(word),
                          &std::pair<std::string_view, Condition>::first);
    if (known == kConditions.end()) {
      fields.Complain("condition", "\"" + Printable(word) +
                                       "\" is not healthy, inner_race, outer_race, ball "
                                       "or run_to_failure");
    } else {
      entry.condition = known->second;
    }
  }
  ReadChannels(fields, where, entry);
  ReadSnapshots(fields, entry);
  if (fields.Have("derived_onset_snapshot") != nullptr) {
    entry.derived_onset_snapshot = static_cast<std::uint32_t>(
        fields.Whole("derived_onset_snapshot", 0, kMaxSnapshots));
  }
  return entry;
}

Attempt<Manifest> FromJson(const json& root, const std::filesystem::path& folder) {
  Fields top(root, "the file");
  const json* list = top.Need("recordings");
  if (list != nullptr && (!list->is_array() || list->empty())) {
    top.Complain("recordings", "is not a list with at least one entry");
  }
  if (!top.ok()) return Malformed(top.trouble());

  Manifest manifest;
  std::set<std::string> ids;
  for (const json& one : *list) {
    std::string where = "entry " + std::to_string(manifest.entries.size());
    if (one.is_object()) {
      const auto id = one.find("id");
      if (id != one.end() && id->is_string()) {
        where += " (" + Printable(id->get<std::string>()) + ")";
      }
    }
    Fields fields(one, where);
    Entry entry = ReadEntry(fields, where, folder);
    if (!ids.insert(entry.id).second) fields.Complain("id", "is used twice");
    if (!fields.ok()) return Malformed(fields.trouble());
    manifest.entries.push_back(std::move(entry));
  }
  return manifest;
}

// How many characters two ids have in common at their start.
std::size_t CommonStart(std::string_view a, std::string_view b) {
  const auto [end, ignored] = std::ranges::mismatch(a, b);
  return static_cast<std::size_t>(end - a.begin());
}

}  // namespace

const Entry* Manifest::Find(std::string_view id) const {
  const auto found = std::ranges::find(entries, id, &Entry::id);
  return found == entries.end() ? nullptr : &*found;
}

Attempt<Entry> Manifest::Take(std::string_view id) const {
  if (const Entry* found = Find(id)) return *found;
  std::string what = "there is no recording \"" + Printable(id) + "\"";
  const auto nearest = std::ranges::max_element(
      entries, {}, [id](const Entry& entry) { return CommonStart(entry.id, id); });
  if (nearest != entries.end()) what += "; the nearest id is \"" + nearest->id + "\"";
  return Refusal{.status = Status::kRecordingMissing,
                 .what = std::move(what),
                 .ours = Printable(id),
                 .theirs = {}};
}

Attempt<Manifest> ParseManifest(std::string_view text,
                                const std::filesystem::path& folder) {
  try {
    return FromJson(json::parse(text), folder);
  } catch (const json::parse_error& error) {
    return Malformed("not JSON at byte " + std::to_string(error.byte));
  } catch (const json::exception& error) {
    return Malformed(Printable(error.what()));
  }
}

Attempt<Manifest> ReadManifest(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "manifest.json";
  const std::string shown = Printable(path.string());
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return Refusal{.status = Status::kFileMissing,
                   .what = shown + " is not there",
                   .ours = {},
                   .theirs = {}};
  }
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxManifestBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (!file && !file.eof())) {
    return Refusal{.status = Status::kIo,
                   .what = shown + " cannot be read",
                   .ours = {},
                   .theirs = {}};
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxManifestBytes) {
    return Refusal{.status = Status::kFileTooLarge,
                   .what = shown + " is larger than any manifest",
                   .ours = std::to_string(kMaxManifestBytes) + " bytes",
                   .theirs = "more"};
  }
  return ParseManifest(text, folder);
}

}  // namespace torpor::simulate
