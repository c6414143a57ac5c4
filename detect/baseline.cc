#include "detect/baseline.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <system_error>

#include "detect/classical.h"
#include "detect/numbers.h"
#include "signal/features.h"

namespace torpor::detect {
namespace {

constexpr std::string_view kMagic = "torporBL";
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kHeaderBytes = 152;
constexpr std::size_t kDigestBytes = sizeof(Digest);

constexpr std::size_t Triangle(std::size_t n) { return n * (n + 1) / 2; }
constexpr std::size_t Features(std::size_t axes) {
  return axes * signal::kFeaturesPerAxis;
}
constexpr std::size_t FileBytes(std::size_t axes) {
  return kHeaderBytes + 4 * (3 * Features(axes) + Triangle(ClassicalFeatures(axes))) +
         kDigestBytes;
}
static_assert(FileBytes(signal::kMaxAxes) <= kMaxBaselineBytes);

Digest DigestOf(std::span<const std::byte> bytes) {
  std::array<unsigned char, crypto_hash_sha512_BYTES> full{};
  crypto_hash_sha512(full.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size());
  Digest digest{};
  std::ranges::copy(std::as_bytes(std::span(full)).first(digest.size()), digest.begin());
  return digest;
}

bool Positive(double value) { return std::isfinite(value) && value > 0; }

bool Sound(const Baseline& b) {
  const Rule& r = b.rule;
  if (b.shape.sample_rate_millihertz == 0 || b.shape.frames == 0 ||
      b.shape.full_scale_milli_g == 0) {
    return false;
  }
  if (r.score_cycles == 0 || r.alarm_k == 0 || r.alarm_k > r.alarm_n ||
      r.commissioning_cycles <= b.run_in_cycles) {
    return false;
  }
  // What a robot allocates follows from these; a hostile file must not choose gigabytes.
  if (r.score_cycles > kMaxScoreCycles || r.alarm_n > kMaxAlarmN) return false;
  if (!std::isfinite(b.logit_threshold)) return false;
  if (!Positive(b.threshold) || !Positive(double{b.typical_level_g})) return false;
  for (const auto* spreads : {&b.deviation, &b.between}) {
    if (!std::ranges::all_of(*spreads, [](float d) { return Positive(double{d}); })) {
      return false;
    }
  }
  if (!std::ranges::all_of(b.typical, [](float t) { return std::isfinite(t); })) {
    return false;
  }
  const Portrait& l = b.limits;
  if (!Positive(l.trend) || !Positive(l.spread) || !Positive(l.strangeness) ||
      !Positive(l.impulsiveness)) {
    return false;
  }
  if (!std::ranges::all_of(b.factor, [](float f) { return std::isfinite(f); }))
    return false;
  for (std::size_t i = 0; i < ClassicalFeatures(b.shape.axes); ++i) {
    if (!Positive(double{b.factor[Triangle(i + 1) - 1]})) return false;
  }
  return true;
}

}  // namespace

std::vector<std::byte> EncodeBaseline(Baseline& baseline) {
  std::vector<std::byte> bytes(FileBytes(baseline.shape.axes));
  ByteWriter out(bytes);
  out.Write(AsBytes(kMagic));
  out.Write(kVersion);
  out.Write(baseline.shape.sample_rate_millihertz);
  out.Write(baseline.shape.axes);
  out.Write(baseline.shape.frames);
  out.Write(baseline.shape.full_scale_milli_g);
  out.Write(baseline.rule.commissioning_cycles);
  out.Write(baseline.rule.score_cycles);
  out.Write(baseline.rule.alarm_k);
  out.Write(baseline.rule.alarm_n);
  out.Write(baseline.run_in_cycles);
  out.Write(baseline.fleet_weight_cycles);
  out.Write(baseline.machines);
  out.Write(baseline.healthy_scores);
  WriteDouble(out, baseline.threshold);
  WriteFloat(out, baseline.typical_level_g);
  out.Write(static_cast<std::uint32_t>(baseline.features()));
  WriteDouble(out, baseline.logit_threshold);
  for (const double limit :
       {baseline.limits.trend, baseline.limits.spread, baseline.limits.strangeness,
        baseline.limits.impulsiveness}) {
    WriteDouble(out, limit);
  }
  out.Write(baseline.network);
  for (const auto* values :
       {&baseline.deviation, &baseline.typical, &baseline.between, &baseline.factor}) {
    for (const float value : *values) WriteFloat(out, value);
  }
  baseline.digest = DigestOf(out.written());
  out.Write(baseline.digest);
  return bytes;
}

Digest TeachingOf(Baseline baseline) {
  baseline.rule.alarm_k = baseline.rule.alarm_n = 1;
  baseline.threshold = 1;
  baseline.logit_threshold = 0;
  baseline.network = {};
  baseline.healthy_scores = 0;
  static_cast<void>(EncodeBaseline(baseline));
  return baseline.digest;
}

Result<Baseline> DecodeBaseline(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeaderBytes + kDigestBytes) return Status::kBaselineMalformed;
  ByteReader in(bytes);
  if (!std::ranges::equal(in.Take(kMagic.size()), AsBytes(kMagic))) {
    return Status::kBaselineMalformed;
  }
  if (in.Read<std::uint32_t>() != kVersion) return Status::kBaselineMalformed;
  Baseline b;
  b.shape.sample_rate_millihertz = in.Read<std::uint32_t>();
  b.shape.axes = in.Read<std::uint32_t>();
  b.shape.frames = in.Read<std::uint32_t>();
  b.shape.full_scale_milli_g = in.Read<std::uint32_t>();
  b.rule.commissioning_cycles = in.Read<std::uint32_t>();
  b.rule.score_cycles = in.Read<std::uint32_t>();
  b.rule.alarm_k = in.Read<std::uint32_t>();
  b.rule.alarm_n = in.Read<std::uint32_t>();
  b.run_in_cycles = in.Read<std::uint32_t>();
  b.fleet_weight_cycles = in.Read<std::uint32_t>();
  b.machines = in.Read<std::uint32_t>();
  b.healthy_scores = in.Read<std::uint64_t>();
  b.threshold = ReadDouble(in);
  b.typical_level_g = ReadFloat(in);
  const std::size_t features = in.Read<std::uint32_t>();
  b.logit_threshold = ReadDouble(in);
  for (double* limit : {&b.limits.trend, &b.limits.spread, &b.limits.strangeness,
                        &b.limits.impulsiveness}) {
    *limit = ReadDouble(in);
  }
  in.ReadInto(b.network);
  if (b.shape.axes == 0 || b.shape.axes > signal::kMaxAxes ||
      features != Features(b.shape.axes) || bytes.size() != FileBytes(b.shape.axes)) {
    return Status::kBaselineMalformed;
  }
  b.deviation.resize(features);
  b.typical.resize(features);
  b.between.resize(features);
  b.factor.resize(Triangle(ClassicalFeatures(b.shape.axes)));
  for (auto* values : {&b.deviation, &b.typical, &b.between, &b.factor}) {
    for (float& value : *values) value = ReadFloat(in);
  }
  in.ReadInto(b.digest);
  if (!in.done() || b.digest != DigestOf(bytes.first(bytes.size() - kDigestBytes)) ||
      !Sound(b)) {
    return Status::kBaselineMalformed;
  }
  return b;
}

Result<Baseline> ReadBaseline(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return Status::kBaselineMissing;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return Status::kIo;
  if (size > kMaxBaselineBytes) return Status::kFileTooLarge;
  std::vector<char> text(size);
  std::ifstream in(path, std::ios::binary);
  if (!in.read(text.data(), static_cast<std::streamsize>(size))) return Status::kIo;
  return DecodeBaseline(std::as_bytes(std::span(text)));
}

std::optional<Mismatch> Compare(const Baseline& baseline, const signal::Shape& shape,
                                const Rule& rule) {
  const std::array<Mismatch, 8> all{{
      {"sample_rate_millihertz", baseline.shape.sample_rate_millihertz,
       shape.sample_rate_millihertz},
      {"axes", baseline.shape.axes, shape.axes},
      {"frames", baseline.shape.frames, shape.frames},
      {"full_scale_milli_g", baseline.shape.full_scale_milli_g, shape.full_scale_milli_g},
      {"commissioning_cycles", baseline.rule.commissioning_cycles,
       rule.commissioning_cycles},
      {"score_cycles", baseline.rule.score_cycles, rule.score_cycles},
      {"alarm_k", baseline.rule.alarm_k, rule.alarm_k},
      {"alarm_n", baseline.rule.alarm_n, rule.alarm_n},
  }};
  const auto first = std::ranges::find_if(
      all, [](const Mismatch& m) { return m.baseline != m.contract; });
  if (first == all.end()) return std::nullopt;
  return *first;
}

}  // namespace torpor::detect
