#include "cli/evaluation_networks.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "detect/evaluation/network_row.h"
#include "detect/fusion.h"
#include "model/network_file.h"

namespace torpor::cli {
namespace {

namespace fs = std::filesystem;
using detect::evaluation::Exemplary;
using simulate::Attempt;
using simulate::Refusal;

struct Kind {
  const char* row;
  const char* file;
  Exemplary exemplars;
  bool fused;
  double least_weight;
};
constexpr const char* kTransformer = "transformer.model";
constexpr const char* kBlind = "transformer-blind.model";
constexpr const char* kMlp = "mlp.model";
// Need not be there: a kind of network that nobody rounded has no such rows.
constexpr const char* kRoundedTransformer = "transformer-int8.model";
constexpr const char* kRoundedMlp = "mlp-int8.model";
constexpr double kRobot = detect::kLeastClassicalWeight;  // 8, as the rows are named
static_assert(kRobot == 8);
constexpr std::array kKinds = {
    Kind{"transformer alone", kTransformer, Exemplary::kOwn, false, 0},
    Kind{"blind transformer alone", kBlind, Exemplary::kNone, false, 0},
    Kind{"MLP alone", kMlp, Exemplary::kOwn, false, 0},
    Kind{"transformer + k log C", kTransformer, Exemplary::kOwn, true, 0},
    Kind{"blind transformer + k log C", kBlind, Exemplary::kNone, true, 0},
    Kind{"MLP + k log C", kMlp, Exemplary::kOwn, true, 0},
    Kind{"transformer + 8 log C", kTransformer, Exemplary::kOwn, true, kRobot},
    Kind{"  the same, exemplars swapped", kTransformer, Exemplary::kSwapped, true,
         kRobot},
    Kind{"  the same, exemplars left out", kTransformer, Exemplary::kNone, true, kRobot},
    Kind{"blind transformer + 8 log C", kBlind, Exemplary::kNone, true, kRobot},
    Kind{"MLP + 8 log C", kMlp, Exemplary::kOwn, true, kRobot},
    Kind{"transformer int8 alone", kRoundedTransformer, Exemplary::kOwn, false, 0},
    Kind{"transformer int8 + 8 log C", kRoundedTransformer, Exemplary::kOwn, true,
         kRobot},
    Kind{"MLP int8 alone", kRoundedMlp, Exemplary::kOwn, false, 0},
    Kind{"MLP int8 + 8 log C", kRoundedMlp, Exemplary::kOwn, true, kRobot}};

std::string FoldName(std::size_t fold) { return "fold-" + std::to_string(fold + 1); }
std::string SeedName(std::uint32_t seed) { return "seed-" + std::to_string(seed); }

// The seeds of the first fold.
std::vector<std::uint32_t> SeedsOf(const fs::path& folder) {
  std::vector<std::uint32_t> seeds;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder / FoldName(0), error)) {
    const std::string name = entry.path().filename().string();
    const bool digits = name.size() > 5 && name.size() < 14 &&
                        name.starts_with("seed-") &&
                        std::all_of(name.begin() + 5, name.end(),
                                    [](char c) { return c >= '0' && c <= '9'; });
    if (digits) seeds.push_back(static_cast<std::uint32_t>(std::stoul(name.substr(5))));
  }
  std::ranges::sort(seeds);
  return seeds;
}

// Whether the file may be missing and is, of every fold and seed.
bool NotRounded(const fs::path& folder, const std::vector<std::uint32_t>& seeds,
                std::string_view file) {
  if (file != kRoundedTransformer && file != kRoundedMlp) return false;
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    for (const std::uint32_t seed : seeds) {
      std::error_code error;
      if (fs::exists(folder / FoldName(fold) / SeedName(seed) / file, error))
        return false;
    }
  }
  return true;
}

using File = std::shared_ptr<const model::NetworkFile>;
using Files = std::map<fs::path, File>;  // several rows run the same file

Attempt<File> Open(const fs::path& path, Files& open) {
  if (const auto known = open.find(path); known != open.end()) return known->second;
  std::string_view why;
  auto file = model::NetworkFile::Open(path, &why);
  if (!file.ok()) {
    return Refusal{
        file.status(),
        simulate::Printable(path.string()) + (why.empty() ? "" : ": " + std::string(why)),
        "", ""};
  }
  return open[path] = std::make_shared<const model::NetworkFile>(*std::move(file));
}

}  // namespace

Attempt<std::vector<NetworkRows>> LoadNetworks(const fs::path& folder, std::size_t axes) {
  const std::vector<std::uint32_t> seeds = SeedsOf(folder);
  if (seeds.empty()) {
    return Refusal{
        Status::kModelMissing,
        simulate::Printable(folder.string()) + " has no " + FoldName(0) + "/seed-1", "",
        ""};
  }
  Files open;
  std::vector<NetworkRows> all;
  for (const Kind& kind : kKinds) {
    if (NotRounded(folder, seeds, kind.file)) continue;
    for (const std::uint32_t seed : seeds) {
      NetworkRows rows{seed, {}};
      for (std::size_t fold = 0; fold < kFolds; ++fold) {
        const fs::path path = folder / FoldName(fold) / SeedName(seed) / kind.file;
        const auto file = Open(path, open);
        if (!file.ok()) return file.refusal();
        auto row = detect::evaluation::MakeNetworkRow({.name = kind.row,
                                                       .file = *file,
                                                       .exemplars = kind.exemplars,
                                                       .fused = kind.fused,
                                                       .least_weight = kind.least_weight},
                                                      axes);
        if (!row.ok()) {
          return Refusal{row.status(), simulate::Printable(path.string()), "", ""};
        }
        rows.by_fold.push_back(*std::move(row));
      }
      all.push_back(std::move(rows));
    }
  }
  return all;
}

}  // namespace torpor::cli
