// torpor-bench-model: how long one run of a model file takes here, as a line of JSON; so
// that other runtimes can be set beside it on the same file.
//
//   torpor-bench-model FILE [--tokens N] [--target NAME] [--runs N]
//   torpor-bench-model --write FILE TOKENS WIDTH LAYERS HIDDEN HEADS float|int8
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/status_table.h"
#include "model/network.h"
#include "model/network_file.h"
#include "model/network_writer.h"
#include "model/test_network.h"

namespace torpor::model {
namespace {

using Clock = std::chrono::steady_clock;

double MicrosecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

// Of this process, in memory; -1 where the system does not say.
double ResidentKilobytes() {
  std::ifstream statm("/proc/self/statm");
  double size = 0, resident = 0;
  if (!(statm >> size >> resident)) return -1;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024;
}

int Refuse(Status status) {
  const StatusInfo& info = Info(status);
  std::fprintf(stderr, "torpor-bench-model: %.*s\n", static_cast<int>(info.name.size()),
               info.name.data());
  return info.exit_code;
}

int Write(const std::vector<std::string>& words) {
  if (words.size() != 7) return Refuse(Status::kUsage);
  const auto number = [&](std::size_t i) {
    return static_cast<std::uint32_t>(std::strtoul(words[i].c_str(), nullptr, 10));
  };
  const NetworkShape shape{16, 16, number(2), number(3), number(5), number(4), number(1)};
  const auto precision = words[6] == "int8" ? Precision::kInt8 : Precision::kFloat;
  const Status status = WriteNetwork(words[0], RandomNetwork(shape, precision));
  return status == Status::kOk ? 0 : Refuse(status);
}

int Time(const std::string& path, std::size_t tokens, std::string_view target, int runs) {
  const double resident = ResidentKilobytes();
  const auto start = Clock::now();
  const auto file = NetworkFile::Open(path);
  if (!file.ok()) return Refuse(file.status());
  const auto network = target == "reference" ? MakeReferenceNetwork(file->view())
                                             : MakeFastNetwork(file->view(), target);
  if (!network.ok()) return Refuse(network.status());
  const NetworkShape& shape = (*network)->shape();
  if (tokens == 0) tokens = shape.max_tokens;
  const auto z = RandomInput(shape, tokens, 1);
  float logit = 0;
  const Status first = (*network)->Run(z, tokens, logit);
  const double load = MicrosecondsSince(start);
  const double grown = ResidentKilobytes() - resident;
  if (first != Status::kOk) return Refuse(first);

  std::vector<double> times(static_cast<std::size_t>(std::max(1, runs)));
  for (double& time : times) {
    const auto begun = Clock::now();
    if ((*network)->Run(z, tokens, logit) != Status::kOk) return 70;
    time = MicrosecondsSince(begun);
  }
  std::ranges::sort(times);
  std::printf(
      R"({"file": "%s", "bytes": %zu, "engine": "%s", "tokens": %zu, "logit": %.9g, )"
      R"("load_to_first_logit_us": %.1f, "resident_growth_kb": %.0f, "runs": %zu, "min_us": %.2f, "p01_us": %.2f, )"
      R"("median_us": %.2f})"
      "\n",
      path.c_str(), file->bytes().size(), std::string((*network)->name()).c_str(), tokens,
      static_cast<double>(logit), load, grown, times.size(), times.front(),
      times[times.size() / 100], times[times.size() / 2]);
  return 0;
}

int Main(const std::vector<std::string>& arguments) {
  std::string file, target;
  std::size_t tokens = 0;
  int runs = 5000;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const bool more = i + 1 < arguments.size();
    if (word == "--write") {
      return Write(
          {arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, arguments.end()});
    }
    if (word == "--json") continue;  // it prints nothing else
    if (word == "--tokens" && more) {
      tokens = std::strtoul(arguments[++i].c_str(), nullptr, 10);
    } else if (word == "--target" && more) {
      target = arguments[++i];
    } else if (word == "--runs" && more) {
      runs = std::atoi(arguments[++i].c_str());
    } else if (file.empty() && !word.starts_with("-")) {
      file = word;
    } else {
      return Refuse(Status::kUsage);
    }
  }
  return file.empty() ? Refuse(Status::kUsage) : Time(file, tokens, target, runs);
}

}  // namespace
}  // namespace torpor::model

int main(int argc, char** argv) {
  return torpor::model::Main(std::vector<std::string>(argv + 1, argv + argc));
}
