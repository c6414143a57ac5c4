// torpor quantize: from a float network to the int8 one that robots run, and to ONNX.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/calibration.h"
#include "cli/commands.h"
#include "cli/interchange.h"
#include "cli/lives.h"
#include "cli/model_card.h"
#include "cli/quantize_report.h"
#include "cli/say.h"
#include "cli/terms_of.h"
#include "contract/sign/durable.h"
#include "detect/contracted.h"
#include "model/assemble.h"
#include "model/network_file.h"
#include "model/quantize/compare.h"
#include "model/quantize/quantize.h"
#include "model/tensorrt/onnx_beside.h"

namespace torpor::cli {
namespace {

struct Options {
  std::string model, contract = "bench-10s", out, onnx, float_onnx, check, beside;
  CalibrationSource source;
  std::string clip = "least-error";
  bool foreign = false;
  bool json = false;
};

// Said once for each hundredth of the way, on one moving line of a terminal.
model::Progress ProgressOf(const char* what, bool quiet) {
  if (quiet) return {};
  const bool moves = ::isatty(STDERR_FILENO) != 0;
  return [what, moves, last = std::size_t{0}](std::size_t done, std::size_t all) mutable {
    const std::size_t percent = 100 * done / all;
    if (percent == last || (!moves && percent % 25 != 0)) return;
    last = percent;
    std::fprintf(stderr, "%s%s %3zu %%%s", moves ? "\r" : "", what, percent,
                 moves && percent < 100 ? "" : "\n");
  };
}

void Check(const Options& options, Outcome& outcome) {
  const OnnxFile file = CheckOnnxFile(options.check);
  if (file.status != Status::kOk) return Refuse(outcome, file.status, file.about);
  std::printf(
      "%s\nkeeps every rule of docs/quantization.md; it has not been run on TensorRT\n",
      file.about.c_str());
}

// What the scales are to be found on, or a refusal. A model must be calibrated on what it
// was trained on: other recordings are those that it will be judged by.
bool ChooseRecordings(const Options& options, const std::optional<std::string>& no_card,
                      const std::vector<std::string>& trained_on,
                      CalibrationSource& source, Outcome& outcome) {
  if (source.simulated > 0) return true;
  if (source.recordings.empty()) source.recordings = trained_on;
  if (options.foreign) return true;
  if (no_card) {
    Refuse(outcome, Status::kFileMissing,
           *no_card +
               ": the model's card, which says what it was trained on; or give "
               "--foreign");
    return false;
  }
  for (const std::string& id : source.recordings) {
    if (std::ranges::find(trained_on, id) != trained_on.end()) continue;
    Refuse(outcome, Status::kNotTrainedOn, id);
    return false;
  }
  return true;
}

bool WroteOnnx(const std::string& path, const model::NetworkView& network,
               std::size_t tokens, const Options& options, Outcome& outcome) {
  if (path.empty()) return true;
  const OnnxFile file = WriteOnnx(path, network, tokens);
  if (file.status != Status::kOk) {
    Refuse(outcome, file.status, path + ": " + file.about);
    return false;
  }
  if (!options.json) std::printf("wrote %s: %s\n", path.c_str(), file.about.c_str());
  return true;
}

// Once for each number of axes that the network takes, where a back end for TensorRT
// looks.
void WriteBeside(const Options& options, Outcome& outcome) {
  std::string_view why;
  const auto file = model::NetworkFile::Open(options.beside, &why);
  if (!file.ok()) {
    return Refuse(outcome, file.status(),
                  options.beside + (why.empty() ? "" : ": " + std::string(why)));
  }
  const model::NetworkView& view = file->view();
  for (std::size_t axes = 1; axes * view.shape.positions <= view.shape.max_tokens;
       ++axes) {
    if (!WroteOnnx(model::tensorrt::OnnxPath(options.beside, axes), view,
                   axes * view.shape.positions, options, outcome)) {
      return;
    }
  }
}

// The float model's card with what was done here; a card of its own where there is none.
nlohmann::ordered_json CardOf(std::optional<nlohmann::ordered_json> card,
                              std::span<const std::byte> from,
                              std::span<const std::byte> to,
                              const nlohmann::ordered_json& report) {
  if (!card)
    card = nlohmann::ordered_json{{"card", 1}, {"data", nlohmann::json::array()}};
  (*card)["model_digest"] = CardDigest(to);
  (*card)["quantization"] = report;
  (*card)["quantization"]["float_model_digest"] = CardDigest(from);
  return *std::move(card);
}

struct FloatModel {
  model::NetworkFile file;
  std::size_t tokens;
  std::optional<nlohmann::ordered_json> card;
};

// Opens the model and reads its card, if it has one; empty when it refused.
std::optional<FloatModel> Open(const Options& options, std::size_t axes,
                               Outcome& outcome) {
  const auto refuse = [&](Status status, std::string_view why) {
    Refuse(outcome, status, options.model + (why.empty() ? "" : ": " + std::string(why)));
    return std::nullopt;
  };
  std::string_view why;
  auto file = model::NetworkFile::Open(options.model, &why);
  if (!file.ok()) return refuse(file.status(), why);
  if (file->view().precision != model::Precision::kFloat) {
    return refuse(Status::kModelMismatch, "it is int8 already");
  }
  const auto tokens = model::TokensFor(file->view().shape, axes);
  if (!tokens.ok()) return refuse(tokens.status(), "");
  auto card = ReadCard(options.model, file->bytes());
  if (card.status() == Status::kCardMismatch) {
    Refuse(outcome, card.status(), CardPath(options.model).string());
    return std::nullopt;
  }
  std::optional<nlohmann::ordered_json> known;
  if (card.ok()) known = *std::move(card);
  return FloatModel{*std::move(file), *tokens, std::move(known)};
}

void Quantize(const Options& options, Outcome& outcome) {
  const auto terms = TermsOf(options.contract, outcome);
  if (!terms.ok()) return;
  auto whole = Open(options, detect::ShapeOf(*terms).axes, outcome);
  if (!whole) return;
  CalibrationSource source = options.source;
  std::optional<std::string> no_card;
  if (!whole->card) no_card = CardPath(options.model).string();
  const auto trained_on =
      whole->card ? TrainedOn(*whole->card) : std::vector<std::string>();
  if (!ChooseRecordings(options, no_card, trained_on, source, outcome)) return;
  const auto set = ReadCalibration(source, *terms);
  if (!set.ok()) return Refuse(outcome, set.status(), set.refusal().what);

  const model::Clip clip = ClipNames().at(options.clip);
  const model::NetworkView& view = whole->file.view();
  const auto ranges = model::Calibrate(view, set->calibration, clip,
                                       ProgressOf("calibrating", source.quiet));
  if (!ranges.ok()) return Refuse(outcome, ranges.status(), "while calibrating");
  const auto weights = model::Quantize(view, *ranges);
  if (!weights.ok()) return Refuse(outcome, weights.status(), options.model);
  const std::vector<std::byte> bytes = model::EncodeNetwork(*weights);
  const auto rounded = model::ParseNetwork(bytes);
  if (!rounded.ok()) return Refuse(outcome, rounded.status(), options.out);
  const auto compared = model::Compare(view, *rounded, set->held_out,
                                       ProgressOf("comparing", source.quiet));
  if (!compared.ok()) return Refuse(outcome, compared.status(), "while comparing");

  if (const Status s = model::WriteNetwork(options.out, *weights); s != Status::kOk) {
    return Refuse(outcome, s, options.out);
  }
  const QuantizeReport report{
      *set, *ranges, *compared, clip, whole->file.bytes().size(), bytes.size()};
  const nlohmann::ordered_json card =
      CardOf(std::move(whole->card), whole->file.bytes(), bytes, report.Json());
  const std::string text = card.dump(2) + "\n";
  const std::string card_path = CardPath(options.out).string();
  if (const Status s =
          contract::sign::ReplaceFile(card_path, std::as_bytes(std::span(text)));
      s != Status::kOk) {
    return Refuse(outcome, s, card_path);
  }
  if (options.json) {
    std::printf("%s\n", report.Json().dump(2).c_str());
  } else {
    report.Print();
    std::printf("wrote %s and %s\n", options.out.c_str(), card_path.c_str());
  }
  static_cast<void>(WroteOnnx(options.onnx, *rounded, whole->tokens, options, outcome) &&
                    WroteOnnx(options.float_onnx, view, whole->tokens, options, outcome));
}

void Run(const Options& options, Outcome& outcome) {
  const auto usage = [&](const char* line) {
    RefuseWith(outcome, Status::kUsage, std::string("usage (1): ") + line);
  };
  const bool onnx = !options.onnx.empty() || !options.float_onnx.empty();
  const bool alone = !options.check.empty() || !options.beside.empty();
  if ((onnx || alone) && !OnnxIsBuilt()) {
    return Refuse(outcome, Status::kOnnxNotBuilt,
                  !options.check.empty()    ? "--check"
                  : !options.beside.empty() ? "--beside"
                                            : "--onnx");
  }
  if (!options.beside.empty()) {
    if (!options.model.empty() || !options.check.empty()) {
      return usage("--beside takes its own model and nothing else");
    }
    return WriteBeside(options, outcome);
  }
  if (!options.check.empty()) {
    if (!options.model.empty()) return usage("--check takes no model");
    return Check(options, outcome);
  }
  if (options.model.empty() || options.out.empty()) {
    return usage(
        "a float model and -o FILE are needed, or --check FILE, or --beside MODEL");
  }
  if (options.source.data.empty() == (options.source.simulated == 0)) {
    return usage("one of --data DIR and --simulated N is needed");
  }
  Quantize(options, outcome);
}

}  // namespace

void AddQuantize(const Command& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  const Command quantize =
      app.Add("quantize", "Round a float network to the int8 one robots run");
  quantize.Value("MODEL", options->model, "The float model, with its card beside it");
  quantize.Value("--data", options->source.data,
                 "Folder of recordings with a manifest.json");
  quantize.Value("--contract", options->contract,
                 "Bundle, TOML source, or the name of a shipped base");
  quantize
      .Value("--recordings", options->source.recordings,
             "Ids to calibrate on; without, all that the card names")
      .SplitAt(',');
  quantize.Flag("--foreign", options->foreign,
                "Take recordings that the model was not trained on, too");
  quantize
      .Value("--simulated", options->source.simulated,
             "Calibrate on this many simulated machines instead")
      .Between(3, 1000);
  std::vector<std::string> names;
  for (const auto& [name, clip] : ClipNames()) names.push_back(name);
  quantize
      .Value("--clip", options->clip,
             "Where inputs are cut: least-error, percentile or highest")
      .OneOf(names);
  quantize.Value("-o,--out", options->out, "The int8 model; its card goes beside it");
  quantize.Value("--onnx", options->onnx, "Write the int8 network as ONNX as well");
  quantize.Value("--float-onnx", options->float_onnx,
                 "Write the float network as ONNX as well");
  quantize.Value("--beside", options->beside,
                 "Write a model file as ONNX beside it, for TensorRT, for each "
                 "number of axes, and nothing else");
  quantize.Value("--check", options->check,
                 "Hold an ONNX file to our rules, and nothing else");
  quantize.Flag("--quiet", options->source.quiet, "Do not say how far it is");
  quantize.Flag("--json", options->json, "Print one JSON object");
  quantize.Footer(
      "Scales are found on healthy parts only, and only of recordings that the model "
      "was\n"
      "trained on; one minute of four is kept to compare with.\n"
      "Examples:\n"
      "  torpor quantize fleet.model --data ../data -o robot.model --onnx robot.onnx\n"
      "  torpor quantize fleet.model --simulated 8 --contract warehouse-60s -o "
      "robot.model\n"
      "  torpor quantize --beside robot.model\n"
      "  torpor quantize --check robot.onnx");
  quantize.Run([options, &outcome] { Run(*options, outcome); });
}

}  // namespace torpor::cli
