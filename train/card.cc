#include "train/card.h"

#include <cmath>
#include <sstream>
#include <string_view>

#include "core/hex.h"
#include "core/version.h"
#include "train/durable_file.h"

namespace torpor::train {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMostBytes = 256U << 20U;
constexpr std::string_view kProtocol =
    "Trained on healthy cycles only: of a recording that runs to failure the first "
    "part of its life, of a healthy one all. Faults are synthetic and added in time. "
    "Each virtual machine is commissioned on cycles of its own recording, and its "
    "covariance "
    "is of the other recordings. The end of each healthy part was held out; the "
    "validation "
    "figures are of machines commissioned before it and heard in it, with synthetic "
    "faults "
    "of the same kind as in training.";
constexpr std::string_view kLimits =
    "The validation figures say how far training came, not how well a failing bearing is "
    "found: that is measured on recordings listed under not_seen, by torpor evaluate. "
    "Holds for the sampling rate and window of its contract only.";

std::string Hex(const Digest& digest) {
  std::string text(2 * digest.size(), '0');
  WriteHex(digest, text);
  return text;
}

// Enough digits to compare by, few enough to read.
double Short(double value) { return std::round(value * 1e5) / 1e5; }

ordered_json ChoicesJson(const Recipe& recipe) {
  ordered_json choices;
  for (const auto& [name, value] : Choices(recipe)) choices[name] = value;
  return choices;
}

void AddLines(const ordered_json& value, const std::string& name, std::string& text) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      AddLines(inner, name.empty() ? key : name + "." + key, text);
    }
  } else if (value.is_array()) {
    std::size_t i = 0;
    for (const auto& inner : value) {
      AddLines(inner, name + "[" + std::to_string(i++) + "]", text);
    }
  } else {
    text += name + ": " + (value.is_string() ? value.get<std::string>() : value.dump()) +
            "\n";
  }
}

}  // namespace

std::filesystem::path CardPath(const std::filesystem::path& model) {
  std::filesystem::path card = model;
  return card.replace_extension(".card.json");
}

ordered_json CardOf(const Workshop& w, const Trained& trained,
                    const std::string& contract, std::span<const std::byte> model_bytes,
                    const Digest& run) {
  const signal::Shape& shape = w.corpus.shape;
  ordered_json data = ordered_json::array();
  for (const HealthyPart& part : w.corpus.parts) {
    ordered_json one{{"id", part.id}};
    if (!part.sha256.empty()) one["sha256"] = part.sha256;
    one["licence"] = part.licence.empty() ? "not stated by the manifest" : part.licence;
    one["healthy_cycles_used"] = part.cycles_used;
    one["healthy_cycles_left_out"] = part.cycles_left_out;
    one["cycles_of_life"] = part.cycles_of_life;
    data.push_back(std::move(one));
  }
  const model::NetworkShape& net = trained.weights.shape;
  const Figures& figures = trained.figures;
  return ordered_json{{"card", 1},
                      {"torpor", kVersion},
                      {"variant", NameOf(trained.variant)},
                      {"model_digest", Hex(DigestOf(model_bytes))},
                      {"run_digest", Hex(run)},
                      {"seed", w.seed},
                      {"contract",
                       {{"name", contract},
                        {"rate_hz", shape.rate_hz()},
                        {"axes", shape.axes},
                        {"samples_of_an_axis", shape.frames},
                        {"full_scale_g", shape.full_scale_milli_g / 1000.0},
                        {"score_cycles", w.corpus.score_cycles},
                        {"commissioning_cycles", w.corpus.commissioning_cycles}}},
                      {"network",
                       {{"positions", net.positions},
                        {"inputs", net.inputs},
                        {"width", net.width},
                        {"layers", net.layers},
                        {"heads", net.heads},
                        {"hidden", net.hidden},
                        {"max_tokens", net.max_tokens},
                        {"classical_weight", trained.weights.classical_weight}}},
                      {"protocol", kProtocol},
                      {"data", data},
                      {"not_seen", w.corpus.not_seen},
                      {"choices", ChoicesJson(w.recipe)},
                      {"figures",
                       {{"training_loss", Short(figures.training_loss)},
                        {"validation_loss", Short(figures.validation_loss)},
                        {"validation_auroc", Short(figures.validation_auroc)},
                        {"validation_pairs", figures.validation_pairs}}},
                      {"limits", kLimits}};
}

bool IsOf(const ordered_json& card, const Recipe& recipe, std::uint64_t seed) {
  return card.value("seed", std::uint64_t{0}) == seed &&
         card.value("choices", ordered_json()) == ChoicesJson(recipe);
}

std::string CardText(const ordered_json& card) {
  std::string text;
  AddLines(card, "", text);
  return text;
}

Result<ordered_json> ReadCard(const std::filesystem::path& model) {
  const auto bytes = ReadWhole(model, kMostBytes);
  if (!bytes.ok()) return bytes.status();
  const auto text = ReadWhole(CardPath(model), kMostBytes);
  if (!text.ok()) return text.status();
  const auto* const begin = reinterpret_cast<const char*>(text->data());
  auto card = ordered_json::parse(begin, begin + text->size(), nullptr, false);
  const auto digest = card.is_object() ? card.find("model_digest") : card.end();
  if (!card.is_object() || digest == card.end() || *digest != Hex(DigestOf(*bytes))) {
    return Status::kCardMismatch;
  }
  return card;
}

}  // namespace torpor::train
