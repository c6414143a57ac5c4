#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <string_view>
#include <utility>
#include <vector>

#include "simulate/sample_file.h"

namespace torpor::simulate {
namespace {

constexpr std::size_t kMaxLine = 65'536;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\"";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// The separator of a line: a tab or a semicolon if it has one, else commas.
char SeparatorOf(std::string_view line) {
  for (const char separator : {'\t', ';'}) {
    if (line.find(separator) != std::string_view::npos) return separator;
  }
  return ',';
}

std::vector<std::string_view> Split(std::string_view line, char separator) {
  std::vector<std::string_view> cells;
  while (true) {
    const std::size_t end = line.find(separator);
    cells.push_back(Trimmed(line.substr(0, end)));
    if (end == std::string_view::npos) return cells;
    line.remove_prefix(end + 1);
  }
}

// A decimal number; "nan" and "inf" are numbers too, and found out when they are read.
bool Number(std::string_view cell, double& value) {
  if (!cell.empty() && cell.front() == '+') cell.remove_prefix(1);
  const char* const end = cell.data() + cell.size();
  const auto [at, error] = std::from_chars(cell.data(), end, value);
  return error == std::errc() && at == end && !cell.empty();
}

bool IsTime(std::string_view name) {
  return name == "t" || name == "t_s" || name == "time";
}

class Reader {
 public:
  explicit Reader(const Entry& entry) : entry_(entry), channels_(entry.channels.size()) {}

  OpenedFile Read() {
    std::ifstream file(entry_.file, std::ios::binary);
    std::string line;
    while (std::getline(file, line)) {
      ++number_;
      const bool last = file.eof();  // it has no end of its own: it may be cut
      if (line.size() > kMaxLine || line.find('\0') != std::string::npos) {
        return Not("is no text of numbers");
      }
      if (Trimmed(line).empty()) continue;
      if (const Status status = Take(line, last); status != Status::kOk) return why_;
    }
    if (samples_.empty()) return Not("has no line of numbers");
    return std::unique_ptr<SampleFile>(std::make_unique<WholeFile>(
        static_cast<std::uint32_t>(channels_), Rate(), std::move(samples_)));
  }

 private:
  Status Take(const std::string& line, bool last) {
    if (separator_ == '\0') separator_ = SeparatorOf(line);
    const auto cells = Split(line, separator_);
    double value = 0;
    if (number_ == 1 && !Number(cells.front(), value)) {
      has_time_ = IsTime(cells.front());
      return Status::kOk;
    }
    const std::size_t columns = channels_ + (has_time_ ? 1 : 0);
    if (cells.size() != columns) {
      if (samples_.empty()) {
        why_ = RefuseEntry(entry_, Status::kRecordingAxes,
                           "has " + std::to_string(cells.size()) +
                               " columns in its file and " + std::to_string(columns) +
                               " in the manifest",
                           std::to_string(columns), std::to_string(cells.size()));
      } else {
        Bad(last, "has " + std::to_string(cells.size()) + " columns");
      }
      return why_.status;
    }
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (!Number(cells[i], value)) {
        Bad(last, "has no number in column " + std::to_string(i + 1));
        return why_.status;
      }
      if (has_time_ && i == 0) {
        if (samples_.empty()) first_time_ = value;
        last_time_ = value;
      } else {
        samples_.push_back(static_cast<float>(value));
      }
    }
    return Status::kOk;
  }

  // A wrong line in the middle is a wrong file; at the very end it was cut there.
  void Bad(bool last, const std::string& what) {
    why_ = RefuseEntry(entry_,
                       last ? Status::kRecordingTruncated : Status::kRecordingNotAudio,
                       "in line " + std::to_string(number_) + " " + what);
  }

  [[nodiscard]] Refusal Not(const std::string& what) const {
    return RefuseEntry(entry_, Status::kRecordingNotAudio, what);
  }

  // Of the time column: the manifest's, where they agree as well as decimals can.
  [[nodiscard]] std::optional<double> Rate() const {
    if (!has_time_) return std::nullopt;
    const auto steps = static_cast<double>(samples_.size() / channels_ - 1);
    const double rate = steps / (last_time_ - first_time_);
    constexpr double kTolerance = 1e-3;
    if (std::abs(rate / entry_.sample_rate_hz - 1) < kTolerance) {
      return entry_.sample_rate_hz;
    }
    return std::isfinite(rate) ? rate : 0;
  }

  const Entry& entry_;
  std::size_t channels_;
  std::size_t number_ = 0;  // of the line
  char separator_ = '\0';
  bool has_time_ = false;
  double first_time_ = 0, last_time_ = 0;
  std::vector<float> samples_;
  Refusal why_;
};

}  // namespace

OpenedFile OpenCsvFile(const Entry& entry) { return Reader(entry).Read(); }

}  // namespace torpor::simulate
