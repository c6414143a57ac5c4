#include "detect/explanation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>

#include "signal/tokens.h"

namespace torpor::detect {
namespace {

using signal::FeatureKind;
using signal::HzRange;

constexpr double kWorthTelling = 3;  // spreads

struct Part {
  FeatureKind kind;
  std::size_t first, count;  // of the features of one axis
};
constexpr std::array<Part, 3> kParts{{
    {FeatureKind::kLogMel, 0, signal::kBands},
    {FeatureKind::kImpulsiveness, signal::kFirstSubBand, signal::kSubBands},
    {FeatureKind::kModulation, signal::kFirstModulation,
     signal::kCarriers* signal::kRatesPerCarrier},
}};

// The furthest feature of a kind, and its neighbours that are half as far.
Finding Furthest(std::span<const float> z, const Part& part,
                 const signal::Tokens& tokens) {
  Finding finding;
  finding.kind = part.kind;
  std::size_t peak = 0;
  for (std::size_t axis = 0; axis < z.size() / signal::kFeaturesPerAxis; ++axis) {
    const auto own = z.subspan(axis * signal::kFeaturesPerAxis + part.first, part.count);
    for (std::size_t i = 0; i < own.size(); ++i) {
      // Only a level says anything by being low.
      const double far =
          part.kind == FeatureKind::kLogMel ? std::abs(double{own[i]}) : double{own[i]};
      if (finding.axis != 0 && far <= std::abs(finding.spreads)) continue;
      finding.axis = static_cast<std::uint32_t>(axis + 1);
      finding.spreads = double{own[i]};
      peak = i;
    }
  }
  const auto own =
      z.subspan((finding.axis - 1) * signal::kFeaturesPerAxis + part.first, part.count);
  std::size_t low = peak;
  std::size_t high = peak;
  if (part.kind != FeatureKind::kModulation) {  // its neighbours are of other carriers
    const auto belongs = [&](std::size_t i) {
      return double{own[i]} * finding.spreads >= finding.spreads * finding.spreads / 2;
    };
    while (low > 0 && belongs(low - 1)) --low;
    while (high + 1 < own.size() && belongs(high + 1)) ++high;
  }
  finding.band = {tokens.Meaning(part.first + low).band.low,
                  tokens.Meaning(part.first + high).band.high};
  finding.modulation = tokens.Meaning(part.first + peak).modulation;
  return finding;
}

// Of the tones in the modulation's band the one nearest to its middle.
std::optional<Tone> ToneIn(const HzRange& band, const Shaft& shaft) {
  if (!shaft.hz || *shaft.hz <= 0) return std::nullopt;
  std::vector<Tone> tones{{"shaft", *shaft.hz}};
  if (shaft.bearing) {
    const DefectOrders orders = Orders(*shaft.bearing);
    tones = {{"BPFO", orders.outer * *shaft.hz},
             {"BPFI", orders.inner * *shaft.hz},
             {"2 x BSF", 2 * orders.spin * *shaft.hz},
             {"FTF", orders.cage * *shaft.hz},
             {"shaft", *shaft.hz}};
  }
  const double middle = std::sqrt(double{band.low} * double{band.high});
  std::optional<Tone> nearest;
  for (const Tone& tone : tones) {
    if (tone.hz < double{band.low} || tone.hz > double{band.high}) continue;
    if (!nearest ||
        std::abs(std::log(tone.hz / middle)) < std::abs(std::log(nearest->hz / middle))) {
      nearest = tone;
    }
  }
  return nearest;
}

template <class... Values>
std::string Print(const char* format, Values... values) {
  std::array<char, 128> text{};
  const int length = std::snprintf(text.data(), text.size(), format, values...);
  return {text.data(), static_cast<std::size_t>(std::clamp(length, 0, 127))};
}

std::string Range(const HzRange& hz) {
  if (hz.high < 1000) return Print("%.0f-%.0f Hz", double{hz.low}, double{hz.high});
  return Print("%.1f-%.1f kHz", double{hz.low} / 1000, double{hz.high} / 1000);
}

std::string Words(const Finding& finding) {
  switch (finding.kind) {
    case FeatureKind::kLogMel:
      return Range(finding.band) + Print(" %.0f x its own spread %s normal",
                                         std::abs(finding.spreads),
                                         finding.spreads < 0 ? "below" : "above");
    case FeatureKind::kImpulsiveness:
      return "impulsive at " + Range(finding.band) + Print(" (%.0f x)", finding.spreads);
    case FeatureKind::kModulation:
      return Print("swelling %.0f-%.0f times a second", double{finding.modulation.low},
                   double{finding.modulation.high}) +
             " at " + Range(finding.band) + Print(" (%.0f x)", finding.spreads);
  }
  return {};
}

}  // namespace

Explanation Explain(std::span<const float> z, const signal::Shape& shape, Channel spoke,
                    const Shaft& shaft) {
  Explanation explanation{.spoke = spoke, .findings = {}, .tone = {}};
  const auto tokens = std::make_unique<signal::Tokens>();
  if (tokens->Prepare(shape) != Status::kOk || z.size() != tokens->features()) {
    return explanation;
  }
  for (const Part& part : kParts) {
    explanation.findings.push_back(Furthest(z, part, *tokens));
  }
  const auto distance = [](const Finding& f) { return std::abs(f.spreads); };
  std::ranges::stable_sort(explanation.findings, std::greater<>(), distance);
  while (explanation.findings.size() > 1 &&
         distance(explanation.findings.back()) < kWorthTelling) {
    explanation.findings.pop_back();
  }
  for (const Finding& finding : explanation.findings) {
    if (finding.kind == FeatureKind::kModulation) {
      explanation.tone = ToneIn(finding.modulation, shaft);
    }
  }
  return explanation;
}

std::string InWords(const Explanation& explanation) {
  std::string words;
  std::uint32_t axis = 0;
  for (const Finding& finding : explanation.findings) {
    if (!words.empty()) words += "; ";
    if (finding.axis != axis) words += Print("axis %u, ", finding.axis);
    axis = finding.axis;
    words += Words(finding);
    if (finding.kind == FeatureKind::kModulation && explanation.tone) {
      words += ", as " + std::string(explanation.tone->name) +
               Print(" does at %.0f Hz", explanation.tone->hz);
    }
  }
  return words;
}

std::string_view NameOf(Channel channel) {
  return channel == Channel::kNetwork ? "network" : "classical";
}

std::string_view NameOf(FeatureKind kind) {
  switch (kind) {
    case FeatureKind::kLogMel:
      return "level";
    case FeatureKind::kImpulsiveness:
      return "impulsive";
    case FeatureKind::kModulation:
      return "modulated";
  }
  return "";
}

}  // namespace torpor::detect
